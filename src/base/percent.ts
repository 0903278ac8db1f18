/** A share as people read it: 0.1234 is 12.3 %. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`
