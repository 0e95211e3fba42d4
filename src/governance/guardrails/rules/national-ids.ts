import { luhnHolds, mod11And10Holds, verhoeffHolds, weightedSum } from '../check-digits.ts';
import { findAll, type GuardRule, trailingRun } from '../guard-rule.ts';

/** A number of nothing but digits is taken for an identity only where its name stands so near before it. */
const NAME_CHARACTERS_MAX = 48;
const NUMBER_CHARACTERS_MAX = 24;

type IdRule = Pick<GuardRule, 'id' | 'positives' | 'negatives'> & {
  readonly pattern: RegExp;
  /** Left out where the shape alone is rare enough. */
  readonly name?: RegExp;
  /** Gets the number without separators. */
  readonly holds: (number: string) => boolean;
};

function nationalId({ id, pattern, name, holds, ...texts }: IdRule): GuardRule {
  const isNamed = (text: string, start: number): boolean =>
    name === undefined || name.test(text.slice(Math.max(0, start - NAME_CHARACTERS_MAX), start));
  return {
    id,
    family: 'personal_data',
    charactersMax: NUMBER_CHARACTERS_MAX + NAME_CHARACTERS_MAX,
    find: (text, found) =>
      findAll(text, pattern, found, (match, start) => isNamed(text, start) && holds(match.replace(/[ .\-+/]/g, ''))),
    openFrom: (text) => trailingRun(text, (character) => /[A-Z0-9 .\-+/]/i.test(character), NUMBER_CHARACTERS_MAX),
    ...texts,
  };
}

/** Numbers of persons whose check digits are published, one object each. */
export const NATIONAL_ID_RULES: readonly GuardRule[] = [
  nationalId({
    id: 'br-cpf',
    pattern: /(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)/g,
    holds: cpfHolds,
    positives: ['CPF 529.982.247-25', '111.444.777-35'],
    negatives: ['529.982.247-26', '111.111.111-11', '52998224725'],
  }),
  nationalId({
    id: 'es-dni',
    pattern: /(?<![A-Za-z0-9])(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z](?![A-Za-z0-9])/g,
    holds: dniHolds,
    positives: ['DNI 12345678Z', 'X1234567L'],
    negatives: ['12345678A', 'X1234567A', 'a12345678Z'],
  }),
  nationalId({
    id: 'it-codice-fiscale',
    pattern: /(?<![A-Za-z0-9])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![A-Za-z0-9])/g,
    holds: codiceFiscaleHolds,
    positives: ['RSSMRA85T10A562S'],
    negatives: ['RSSMRA85T10A562T', 'RSSMRA85T10A562'],
  }),
  nationalId({
    id: 'se-personnummer',
    pattern: /(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}(?!\d)/g,
    holds: luhnHolds,
    positives: ['811218-9876'],
    negatives: ['811218-9875', '811318-9876', '8112189876'],
  }),
  nationalId({
    id: 'fr-nir',
    pattern: /(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}(?!\d)/g,
    holds: (number) => 97 - (Number(number.slice(0, 13)) % 97) === Number(number.slice(13)),
    positives: ['1 84 12 76 451 089 46'],
    negatives: ['1 84 12 76 451 089 47', '3 84 12 76 451 089 46'],
  }),
  nationalId({
    id: 'nl-bsn',
    pattern: /(?<!\d)\d{9}(?!\d)/g,
    name: /\bbsn|burgerservicenummer|sofinummer/i,
    holds: (number) => weightedSum(number, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    positives: ['BSN: 111222333'],
    negatives: ['BSN: 111222334', 'order 111222333'],
  }),
  nationalId({
    id: 'pl-pesel',
    pattern: /(?<!\d)\d{11}(?!\d)/g,
    name: /\bpesel/i,
    holds: (number) => weightedSum(number, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
    positives: ['PESEL 44051401359'],
    negatives: ['PESEL 44051401358', '44051401359'],
  }),
  nationalId({
    id: 'de-steuer-id',
    pattern: /(?<!\d)[1-9]\d(?: ?\d{3}){3}(?!\d)/g,
    name: /steuer-?(?:id|identifikationsnummer|nummer)|tax id|\bidnr/i,
    holds: mod11And10Holds,
    positives: ['Steuer-ID 86 095 742 719', 'IdNr 47036892816'],
    negatives: ['Steuer-ID 86095742718', '86095742719'],
  }),
  nationalId({
    id: 'uk-nhs-number',
    pattern: /(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)/g,
    name: /\bnhs\b/i,
    holds: (number) => weightedSum(number, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
    positives: ['NHS number 943 476 5919'],
    negatives: ['NHS number 943 476 5918', '943 476 5919'],
  }),
  nationalId({
    id: 'ca-sin',
    pattern: /(?<!\d)[1-79]\d{2}[ -]?\d{3}[ -]?\d{3}(?!\d)|(?<!\d)0\d{2}[ -]\d{3}[ -]\d{3}(?!\d)/g,
    name: /\bsin\b|social insurance/i,
    holds: luhnHolds,
    positives: ['SIN 046 454 286', 'social insurance number: 130-692-544'],
    negatives: ['SIN 046 454 287', '046 454 286'],
  }),
  nationalId({
    id: 'au-tfn',
    pattern: /(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{3}(?!\d)/g,
    name: /\btfn\b|tax file number/i,
    holds: (number) => weightedSum(number, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    positives: ['TFN 123 456 782'],
    negatives: ['TFN 123 456 783', '123 456 782'],
  }),
  nationalId({
    id: 'in-aadhaar',
    pattern: /(?<!\d)[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?!\d)/g,
    name: /aadhaar|aadhar|uidai/i,
    holds: verhoeffHolds,
    positives: ['Aadhaar 2341 2341 2346'],
    negatives: ['Aadhaar 2341 2341 2347', '2341 2341 2346'],
  }),
];

function cpfHolds(number: string): boolean {
  if (/^(\d)\1+$/.test(number)) return false;
  const digit = (length: number): number => {
    const weights = Array.from({ length }, (_, place) => length + 1 - place);
    return ((weightedSum(number, weights) * 10) % 11) % 10;
  };
  return digit(9) === Number(number.charAt(9)) && digit(10) === Number(number.charAt(10));
}

function dniHolds(number: string): boolean {
  const digits = number.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(Number(digits) % 23) === number.at(-1);
}

/** Decree of the Italian Ministry of Finance, 23 December 1976: odd places have values of their own. */
function codiceFiscaleHolds(code: string): boolean {
  let sum = 0;
  for (let place = 0; place < 15; place++) {
    const value = Number.parseInt(code.charAt(place), 36);
    const rank = value > 9 ? value - 10 : value;
    sum += place % 2 === 0 ? (ODD_VALUES[rank] ?? 0) : rank;
  }
  return String.fromCharCode(65 + (sum % 26)) === code.charAt(15);
}

const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
