import { ibanHolds, luhnHolds } from '../check-digits.ts';
import { findAll, type GuardRule, trailingRun } from '../guard-rule.ts';
import { NATIONAL_ID_RULES } from './national-ids.ts';

const CARD = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w])/g;

/** Issuer ranges and lengths of the networks (ISO/IEC 7812, as the networks publish them). */
const CARD_NETWORKS = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^5[1-5]\d{14}$|^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^6(?:011|5\d\d|4[4-9]\d)\d{12}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^3(?:0[0-5]|[68]\d)\d{11}$/,
  /^62\d{14,17}$/,
];

function isCard(match: string): boolean {
  const digits = match.replace(/[ -]/g, '');
  return CARD_NETWORKS.some((network) => network.test(digits)) && !/^(\d)\1+$/.test(digits) && luhnHolds(digits);
}

/** Characters of an IBAN by country (SWIFT, IBAN registry). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AT: 20,
  BE: 16,
  BG: 22,
  BR: 29,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  RS: 22,
  SA: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  TR: 26,
  UA: 29,
};

const IBAN_LENGTH_MAX = 34;

/** Groups of four are set apart by spaces, and what follows an IBAN may look like one more group. */
function findIbans(text: string, found: (start: number, end: number) => void): void {
  for (const match of text.matchAll(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ ]?[A-Z0-9])/g)) {
    const length = IBAN_LENGTHS[match[0].slice(0, 2)];
    if (length === undefined) continue;
    let iban = '';
    let end = match.index;
    while (iban.length < length && /[A-Z0-9 ]/.test(text.charAt(end))) {
      if (text.charAt(end) !== ' ') iban += text.charAt(end);
      else if (text.charAt(end + 1) === ' ') break;
      end++;
    }
    if (iban.length === length && !/[A-Za-z0-9]/.test(text.charAt(end)) && ibanHolds(iban)) found(match.index, end);
  }
}

/** Numbers that were printed on sample cards and never belonged to anybody. */
const SPECIMEN_SSNS = new Set(['078-05-1120', '219-09-9999']);

const CARD_CHARACTERS_MAX = 38;
const IBAN_CHARACTERS_MAX = IBAN_LENGTH_MAX + 9;
const EMAIL_CHARACTERS_MAX = 320;
const PHONE_CHARACTERS_MAX = 48;

const numberOpen = (charactersMax: number) => (text: string) =>
  trailingRun(text, (character) => /[\d \-+().]/.test(character), charactersMax);

/** What tells who a person is or what they pay with, each proved by its own check digits or ranges. */
export const PERSONAL_DATA_RULES: readonly GuardRule[] = [
  {
    id: 'credit-card',
    family: 'personal_data',
    charactersMax: CARD_CHARACTERS_MAX,
    find: (text, found) => findAll(text, CARD, found, isCard),
    openFrom: numberOpen(CARD_CHARACTERS_MAX),
    positives: ['pay with 4111 1111 1111 1111 now', '5555-5555-5555-4444', '378282246310005', '6011111111111117'],
    negatives: ['4111 1111 1111 1112', 'at 1700000000000 ms', '0000 0000 0000 0000', 'build 4111111111111111abc'],
  },
  {
    id: 'iban',
    family: 'personal_data',
    charactersMax: IBAN_CHARACTERS_MAX,
    find: findIbans,
    openFrom: (text) => trailingRun(text, (character) => /[A-Z0-9 ]/.test(character), IBAN_CHARACTERS_MAX),
    positives: ['DE89 3704 0044 0532 0130 00', 'to GB82WEST12345698765432.', 'NL91 ABNA 0417 1643 00 AND MORE'],
    negatives: ['DE89 3704 0044 0532 0130 01', 'XX89370400440532013000', 'DE89', 'ID: AB12 CD34'],
  },
  {
    id: 'us-ssn',
    family: 'personal_data',
    charactersMax: 11,
    find: (text, found) =>
      findAll(
        text,
        /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g,
        found,
        (match) => !SPECIMEN_SSNS.has(match),
      ),
    openFrom: numberOpen(11),
    positives: ['ssn 536-90-4399', '123-45-6789'],
    negatives: ['000-12-3456', '666-12-3456', '912-12-3456', '123-00-4567', '123-45-0000', '078-05-1120'],
  },
  {
    id: 'email-address',
    family: 'personal_data',
    charactersMax: EMAIL_CHARACTERS_MAX,
    find: (text, found) =>
      findAll(
        text,
        /(?<![\w.%+-])[A-Za-z0-9][\w.%+-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,4}[A-Za-z]{2,24}(?![\w-])/g,
        found,
        (match) => !/@(?:[\w-]+\.)*example\.(?:com|net|org)$/i.test(match),
      ),
    openFrom: (text) => trailingRun(text, (character) => /[\w.%+@-]/.test(character), EMAIL_CHARACTERS_MAX),
    positives: ['write to jane.doe+news@mail.company.io today', 'a@b.de'],
    negatives: ['user@example.com', '@scope/package', 'git@host', 'a @ b.com'],
  },
  {
    id: 'phone-number',
    family: 'personal_data',
    charactersMax: PHONE_CHARACTERS_MAX,
    find: (text, found) => findAll(text, /(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,13}(?!\d)/g, found),
    openFrom: numberOpen(PHONE_CHARACTERS_MAX),
    positives: ['call +49 30 901820', '+1 (415) 555-2671'],
    negatives: ['+1', 'a+12345678901', '1 + 2345', '030 901820'],
  },
  ...NATIONAL_ID_RULES,
];
