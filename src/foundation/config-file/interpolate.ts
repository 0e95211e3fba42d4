export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolated = { readonly text: string; readonly missing: readonly string[]; readonly changed: boolean };

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` by the environment's values; `$${` stands for `${` itself. As in a shell,
 * the default also takes the place of an empty value. Only `environment` is asked, and what it answers is not read
 * again, so a value cannot refer to another.
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  const missing: string[] = [];
  let changed = false;
  const replaced = text.replace(REFERENCE, (whole, name?: string, fallback?: string) => {
    changed = true;
    if (name === undefined) return '${';
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined && (value !== '' || fallback === undefined)) return value;
    if (fallback !== undefined) return fallback;
    missing.push(name);
    return whole;
  });
  return { text: replaced, missing, changed };
}

/**
 * Reads the text of a scalar that stood without quotes as YAML's core schema would (YAML 1.2.2 section 10.3.2), so
 * that `port: ${PORT}` is a number.
 */
export function readPlainScalar(text: string): string | number | boolean | null {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  return text;
}
