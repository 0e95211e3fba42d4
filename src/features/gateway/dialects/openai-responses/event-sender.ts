/** Server-sent events of one response, numbered without a gap. */
export class EventSender {
  readonly #send: (text: string) => void;
  #sequence = 0;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** `members` are those of the event beside its type and number, as JSON without braces. */
  event(name: string, members: string): void {
    this.#send(`event: ${name}\ndata: {"type":"${name}","sequence_number":${this.#sequence++},${members}}\n\n`);
  }

  /** `head` is of `deltaHead`. */
  delta(head: string, text: string): void {
    this.#send(`${head}${this.#sequence++},"delta":${JSON.stringify(text)}}\n\n`);
  }

  comment(text: string): void {
    this.#send(`: ${text}\n\n`);
  }
}

/** Everything of a delta up to its number, made once for each part. */
export function deltaHead(name: string, members: string): string {
  return `event: ${name}\ndata: {"type":"${name}",${members},"sequence_number":`;
}
