/** A count with its thousands apart. */
export const count = (value: number): string => value.toLocaleString("en-US");

/** A share in percent, with as many digits as tell it from 0 and 100. */
export function percent(share: number): string {
  const value = share * 100;
  const digits = value > 99.9 || value < 0.1 ? 4 : 2;
  return `${Number(value.toFixed(digits))} %`;
}
