/** Check digits of published schemes. Every function takes digits (or capitals) only, without separators. */

/** ISO/IEC 7812-1, annex B (Luhn). */
export function luhnHolds(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits.charAt(digits.length - 1 - place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616 with ISO 7064 mod 97-10: the first four characters go to the end, letters count from 10. */
export function ibanHolds(iban: string): boolean {
  let remainder = 0;
  for (const character of `${iban.slice(4)}${iban.slice(0, 4)}`) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** The sum of each digit times its weight. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, place) => sum + weight * Number(digits.charAt(place)), 0);
}

/** ISO 7064 mod 11,10, as in the German tax identification number. */
export function mod11And10Holds(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}

/** Verhoeff (1969): the dihedral group of order ten. */
export function verhoeffHolds(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits.charAt(digits.length - 1 - place));
    check = dihedralProduct(check, permuted(digit, place));
  }
  return check === 0;
}

function dihedralProduct(left: number, right: number): number {
  if (left < 5) return right < 5 ? (left + right) % 5 : ((left + right - 5) % 5) + 5;
  return right < 5 ? ((left - 5 - right + 5) % 5) + 5 : (left - right + 5) % 5;
}

function permuted(digit: number, times: number): number {
  let value = digit;
  for (let time = 0; time < times % 8; time++) value = VERHOEFF_PERMUTATION[value] ?? 0;
  return value;
}

const VERHOEFF_PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
