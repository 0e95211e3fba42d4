import { describe, expect, it } from 'vitest';
import { proves } from '#tests/support/proves';
import { secretScanConfigSchema } from './config.ts';
import { sample } from './sample.ts';
import type { SecretMatch } from './secret-match.ts';
import { createSecretScanner } from './secret-scanner.ts';
import { createTestScanner, createTestSecrets, TEST_FINGERPRINT_KEY } from './testing/test-scanner.ts';

proves('secrets.encoded');

const AWS_KEY = 'AKIA' + 'IOSFODNN7EXAMPLE';
const GITHUB_PAT = `ghp_${sample('alnum', 36)}`;
const OWN_PAT = `sp-live-${sample('hex', 12)}.${sample('hex', 52)}`;

const scanner = createTestScanner();

const rulesOf = (matches: readonly SecretMatch[]) => matches.map(({ rule }) => rule);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');

/** Every character written by `write`. */
const each = (text: string, write: (code: number) => string) =>
  [...text].map((character) => write(character.charCodeAt(0))).join('');
const hexCode = (code: number, digits: number) => code.toString(16).padStart(digits, '0');

describe('a secret as it is', () => {
  it.each([
    ['aws-access-key', `curl -H "X-Key: ${AWS_KEY}" https://api.example.com`],
    ['github-pat', `GITHUB_TOKEN=ghp_${sample('alnum', 32)}`],
    ['private-key-pem', `-----BEGIN RSA ${'PRIVATE KEY'}-----\n${sample('base64', 64)}`],
    ['systemprompt-pat', `use ${OWN_PAT} here`],
  ])('is found by %s', (rule, text) => {
    expect(rulesOf(scanner.scanText(text))).toContain(rule);
  });

  it('is named by the path and the span at which it stands', () => {
    const command = `echo ${AWS_KEY} > file`;
    const [match] = scanner.scanValue({ command }, ['tool_input']);
    expect(match).toMatchObject({
      rule: 'aws-access-key',
      shownPath: 'tool_input.command',
      tier: 'deny',
      redactable: true,
    });
    expect(match?.path).toEqual(['tool_input', 'command']);
    expect(match?.span).toEqual({ start: 5, end: 5 + AWS_KEY.length });
  });

  it('is found at every place where it stands', () => {
    const matches = scanner.scanText(`${AWS_KEY} and again ${AWS_KEY}`);
    expect(matches.map(({ span }) => span)).toEqual([
      { start: 0, end: 20 },
      { start: 31, end: 51 },
    ]);
  });

  it('is found in a key, and the path does not repeat it', () => {
    const matches = scanner.scanValue({ env: { [AWS_KEY]: { note: GITHUB_PAT } } }, ['tool_input']);
    expect(rulesOf(matches)).toEqual(['aws-access-key', 'github-pat']);
    expect(matches[0]).toMatchObject({ redactable: false, span: 'whole' });
    expect(matches.map(({ shownPath }) => shownPath).join()).not.toContain(AWS_KEY);
    expect(matches[1]?.shownPath).toBe('tool_input.env["[redacted:aws-access-key]"].note');
  });

  it('is found under the name of its member', () => {
    expect(rulesOf(scanner.scanValue({ datadog_api_key: sample('hex', 32) }))).toEqual(['datadog-api-key']);
    expect(rulesOf(scanner.scanValue({ env: [{ name: 'DD_API_KEY', value: sample('hex', 32) }] }))).toEqual([
      'datadog-api-key',
    ]);
    expect(rulesOf(scanner.scanValue({ password: `${sample('alnum', 14)}!` }))).toEqual(['generic-assignment']);
  });

  it('is found in spite of in-band suppressions', () => {
    for (const remark of [
      'gitleaks:allow',
      'secretlint-disable',
      'nosec',
      'pragma: allowlist secret',
      'noqa',
      'trufflehog:ignore',
    ]) {
      expect(rulesOf(scanner.scanText(`/* ${remark} */ key = "${AWS_KEY}" // ${remark}`))).toContain('aws-access-key');
    }
  });
});

describe('an encoded secret', () => {
  const encodings: readonly (readonly [string, (secret: string) => string])[] = [
    ['base64', base64],
    ['base64 behind one character', (secret) => base64(`x${secret}`)],
    ['base64 behind two characters', (secret) => base64(`xy${secret} and more`)],
    ['base64 glued to a name', (secret) => `data_${base64(secret)}`],
    ['base64 in a path', (secret) => `/v1/upload/${base64(secret)}`],
    ['base64url', (secret) => Buffer.from(`>>>${secret}???`).toString('base64url')],
    ['base64 twice', (secret) => base64(base64(secret))],
    ['base64 three times', (secret) => base64(base64(base64(secret)))],
    ['base64 of UTF-16, as PowerShell has it', (secret) => Buffer.from(secret, 'utf16le').toString('base64')],
    [
      'base64 in wrapped lines',
      (secret) => base64(`${'header '.repeat(9)}${secret}${' trailer'.repeat(9)}`).replace(/(.{60})/g, '$1\n'),
    ],
    [
      'base64 inside binary data',
      (secret) =>
        Buffer.concat([Buffer.alloc(31, 0x9d), Buffer.from(secret), Buffer.alloc(30, 0xfe)]).toString('base64'),
    ],
    ['hexadecimal', hex],
    ['upper-case hexadecimal', (secret) => hex(secret).toUpperCase()],
    ['hexadecimal behind one digit', (secret) => `f${hex(secret)}`],
    ['hexadecimal of base64', (secret) => hex(base64(secret))],
    ['spaced hexadecimal', (secret) => each(secret, (code) => `${hexCode(code, 2)} `)],
    ['a list of hexadecimal codes', (secret) => each(secret, (code) => `0x${hexCode(code, 2)}, `)],
    [
      'a list of decimal codes',
      (secret) => `String.fromCharCode(${[...secret].map((character) => character.charCodeAt(0)).join(',')})`,
    ],
    ['percent signs', (secret) => each(secret, (code) => `%${hexCode(code, 2)}`)],
    ['percent signs for one character', (secret) => secret.replace('A', '%41').replace('g', '%67')],
    ['percent signs twice', (secret) => each(secret, (code) => `%25${hexCode(code, 2)}`)],
    ['\\x escapes', (secret) => each(secret, (code) => `\\x${hexCode(code, 2)}`)],
    ['\\u escapes', (secret) => each(secret, (code) => `\\u${hexCode(code, 4)}`)],
    ['\\u{} escapes', (secret) => each(secret, (code) => `\\u{${hexCode(code, 2)}}`)],
    ['octal escapes', (secret) => each(secret, (code) => `\\${code.toString(8).padStart(3, '0')}`)],
    ['decimal entities', (secret) => each(secret, (code) => `&#${code};`)],
    ['hexadecimal entities', (secret) => each(secret, (code) => `&#x${hexCode(code, 2)};`)],
    ['entities without semicolon', (secret) => each(secret, (code) => `&#${code}`)],
    ['JSON in a string', (secret) => JSON.stringify({ a: { b: [secret] } })],
    ['JSON in a string in a string', (secret) => JSON.stringify(JSON.stringify({ a: secret }))],
    ['JSON in base64', (secret) => base64(JSON.stringify({ a: secret }))],
    ['zero-width spaces', (secret) => [...secret].join('\u200b')],
    ['soft hyphens', (secret) => [...secret].join('\u00ad')],
    ['bidirectional controls', (secret) => `\u202d${[...secret].join('\u2069')}`],
    ['variation selectors', (secret) => [...secret].join('\ufe0f')],
    ['combining strokes', (secret) => [...secret].join('\u0336')],
    ['tag characters', (secret) => each(secret, (code) => String.fromCodePoint(0xe0000 + code))],
    ['full-width characters', (secret) => each(secret, (code) => String.fromCharCode(code + 0xfee0))],
    [
      'mathematical letters',
      (secret) => secret.replace(/[A-Z]/g, (letter) => String.fromCodePoint(0x1d400 + letter.charCodeAt(0) - 65)),
    ],
    [
      'Cyrillic lookalikes',
      (secret) => secret.replaceAll('A', 'А').replaceAll('p', 'р').replaceAll('I', 'І').replaceAll('O', 'О'),
    ],
    ['NUL bytes', (secret) => [...secret].join('\0')],
    ['white space', (secret) => [...secret].join(' ')],
    ['a line break', (secret) => `${secret.slice(0, 9)}\n    ${secret.slice(9)}`],
    ['a continued line', (secret) => `"${secret.slice(0, 9)}\\\n${secret.slice(9)}"`],
    ["'a' + 'b'", (secret) => `const key = '${secret.slice(0, 2)}' + '${secret.slice(2, 9)}' + "${secret.slice(9)}";`],
    ['"a" "b"', (secret) => `key = ("${secret.slice(0, 3)}" "${secret.slice(3)}")`],
    ["'a' . 'b'", (secret) => `$key = '${secret.slice(0, 2)}' . '${secret.slice(2)}';`],
    ["'a' || 'b'", (secret) => `select '${secret.slice(0, 3)}' || '${secret.slice(3)}'`],
    [
      "['a', 'b'].join('')",
      (secret) => `['${secret.slice(0, 3)}', '${secret.slice(3, 12)}', '${secret.slice(12)}'].join('')`,
    ],
    ['shell quotes', (secret) => `echo ${secret.slice(0, 2)}""${secret.slice(2)}`],
  ];

  it.each(encodings)('is found in %s', (_, encode) => {
    expect(rulesOf(scanner.scanText(encode(AWS_KEY)))).toContain('aws-access-key');
    expect(rulesOf(scanner.scanText(`before ${encode(GITHUB_PAT)}`))).toContain('github-pat');
  });

  it.each(encodings)('is found in %s in a key', (_, encode) => {
    expect(rulesOf(scanner.scanValue({ [encode(AWS_KEY)]: 1 }))).toContain('aws-access-key');
  });

  it('has no span, as it stands only in what was decoded', () => {
    expect(scanner.scanText(base64(AWS_KEY))).toMatchObject([{ rule: 'aws-access-key', span: 'whole' }]);
  });
});

describe('a split secret', () => {
  const [head, tail] = [AWS_KEY.slice(0, 2), AWS_KEY.slice(2)];
  const prose = 'A long text that stands beside the pieces. '.repeat(40);

  it.each([
    ['array elements', [head, tail]],
    ['three array elements', [AWS_KEY.slice(0, 7), AWS_KEY.slice(7, 11), AWS_KEY.slice(11)]],
    ['single characters', [...AWS_KEY]],
    ['members of an object', { part1: head, part2: tail }],
    ['numbered members out of order', { part2: tail, part1: head }],
    [
      'members of listed objects',
      [
        { type: 'text', text: head },
        { type: 'text', text: tail },
      ],
    ],
    ['ends of long texts', [prose + AWS_KEY.slice(0, 6), AWS_KEY.slice(6) + prose]],
    ['ends of long texts, the prefix broken', [prose + head, tail + prose]],
    ['a list of character codes', [...AWS_KEY].map((character) => character.charCodeAt(0))],
    ['base64 in pieces', [base64(AWS_KEY).slice(0, 13), base64(AWS_KEY).slice(13)]],
    ['elements of JSON in a string', JSON.stringify([head, tail])],
  ])('is found in %s', (_, value) => {
    expect(rulesOf(scanner.scanValue({ input: value }))).toContain('aws-access-key');
  });

  it('is found across the parts of a call', () => {
    const call = {
      content: [
        { path: ['a'], value: prose + head },
        { path: ['b'], value: tail },
      ],
      history: [],
    };
    const matches = scanner.scanCall(Object.assign(Object.create(null), call));
    expect(matches.content.map(({ rule, path }) => [rule, ...path])).toEqual([
      ['aws-access-key', 'a'],
      ['aws-access-key', 'b'],
    ]);
  });

  it('is matched at each of its pieces, whole', () => {
    expect(scanner.scanValue([head, tail])).toMatchObject([
      { path: [0], span: 'whole' },
      { path: [1], span: 'whole' },
    ]);
  });

  it('is not seen in words that only follow each other', () => {
    expect(
      scanner.scanText('a ghp_ token has a fixed length and is followed by letters and 36 digits in the classic form'),
    ).toEqual([]);
    expect(scanner.scanValue(['AKIA', 'ASIA', 'AROA', 'AIDA', 'ANPA', 'AGPA'])).toEqual([]);
    expect(
      scanner.scanText(
        "const prefixes = ['ghp_', 'gho_', 'ghu_', 'ghs_', 'github_pat_', 'glpat-', 'sk-ant-', 'xoxb-'];",
      ),
    ).toEqual([]);
  });
});

describe('what is told of a secret', () => {
  it('never holds the value', () => {
    const values = [
      AWS_KEY,
      GITHUB_PAT,
      base64(OWN_PAT),
      { [GITHUB_PAT]: [AWS_KEY, OWN_PAT] },
      { password: 'Tr0ub4dor&3x9' },
    ];
    for (const value of values) {
      const told = JSON.stringify(scanner.scanValue(value));
      for (const secret of [AWS_KEY, GITHUB_PAT, OWN_PAT, 'Tr0ub4dor&3x9']) expect(told).not.toContain(secret);
    }
  });

  it('has the same fingerprint for the same secret, and another under another key', () => {
    const [first] = scanner.scanText(`one ${AWS_KEY}`);
    const [second] = scanner.scanText(`two ${AWS_KEY}`);
    const [other] = scanner.scanText(`AKIA${sample('upper', 16)}`);
    expect(first?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(second?.fingerprint).toBe(first?.fingerprint);
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });

  it('says the most telling rule only', () => {
    expect(rulesOf(scanner.scanText(`password = "${GITHUB_PAT}"`))).toEqual(['github-pat']);
  });
});

describe('generic findings', () => {
  it('flag random tokens of no known format', () => {
    const token = 'q7Zp2Xv9Lm4Kt8Rw3Ny6Hs1Bd5Gf0JcAe';
    expect(scanner.scanText(`value ${token}`)).toMatchObject([{ rule: 'high-entropy', tier: 'review' }]);
    expect(createTestScanner({ entropy: { enabled: false } }).scanText(`value ${token}`)).toEqual([]);
    expect(createTestScanner({ entropy: { allowlist: ['^q7Zp'] } }).scanText(`value ${token}`)).toEqual([]);
    expect(createTestScanner({ entropy: { min_len: 64 } }).scanText(`value ${token}`)).toEqual([]);
  });

  it('include the prefixes that the operator adds', () => {
    const own = createTestScanner({ extra_patterns: [{ name: 'acme-token', prefix: 'ACME$tok.' }] });
    expect(own.scanText('use ACME$tok.4711-abc now')).toMatchObject([
      { rule: 'acme-token', tier: 'deny', span: { start: 4, end: 21 } },
    ]);
    expect(own.scanText('use acme$tok.4711-abc now')).toEqual([]);
  });
});

describe('the budget', () => {
  it('ends a scan that is too large, and says so', () => {
    const small = createTestScanner({ budgets: { content_chars_max: 2_000 } });
    expect(rulesOf(small.scanText('word '.repeat(1_000)))).toEqual(['scan-budget']);
    expect(rulesOf(small.scanValue(Array.from({ length: 1_000 }, () => 'x')))).toEqual(['scan-budget']);
    expect(small.scanText('word '.repeat(10))).toEqual([]);
  });

  it('ends a scan that takes too long, and leaves a short one alone', () => {
    let nowMs = 0;
    const clock = { nowMs: () => 0, monotonicMs: () => (nowMs += 1_000), after: () => () => {} };
    const slow = createSecretScanner({
      knownValues: createTestSecrets(),
      fingerprintKey: TEST_FINGERPRINT_KEY,
      config: secretScanConfigSchema.parse({ budgets: { time_ms_max: 500 } }),
      clock,
    });
    expect(rulesOf(slow.scanText('word '.repeat(20_000)))).toEqual(['scan-budget']);
    expect(slow.scanText('word '.repeat(100))).toEqual([]);
  });

  it('grants a long text more time, and what is decoded from it none', () => {
    let nowMs = 0;
    const clock = { nowMs: () => 0, monotonicMs: () => (nowMs += 1_000), after: () => () => {} };
    const patient = createSecretScanner({
      knownValues: createTestSecrets(),
      fingerprintKey: TEST_FINGERPRINT_KEY,
      config: secretScanConfigSchema.parse({ budgets: { time_ms_max: 200, time_ms_per_megabyte: 2_000 } }),
      clock,
    });
    // A second for each long text, as sent or as decoded: two for these, four for what was encoded thrice.
    const half = 'word '.repeat(104_858);
    expect(patient.scanValue([half, half])).toEqual([]);
    const encoded = base64(base64(base64('some words of no secret, again and again. '.repeat(10_000))));
    expect(rulesOf(patient.scanText(encoded))).toEqual(['scan-budget']);
  });

  it('ends a scan that finds too much', () => {
    const small = createTestScanner({ budgets: { matches_max: 3 } });
    expect(rulesOf(small.scanText(`${AWS_KEY} `.repeat(5)))).toContain('scan-budget');
  });

  it('ends a scan of a structure that is too deep', () => {
    let nested: readonly unknown[] | string = 'leaf';
    for (let depth = 0; depth < 300; depth++) nested = [nested];
    expect(rulesOf(scanner.scanValue(JSON.parse(JSON.stringify(nested))))).toEqual(['scan-budget']);
  });
});
