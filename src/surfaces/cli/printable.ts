/**
 * Text from outside for a person's terminal: control characters become visible, so that what a model or a tool wrote
 * cannot move the cursor, change colours or set a window title. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, visible);
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  // U+2400 and on are the pictures of the C0 controls.
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, '0')}`;
}
