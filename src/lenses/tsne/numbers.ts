/** Numbers of the page: weights of the tie over many decades, and measures to two digits. */

export const power = (value: number): string =>
  value === 0 ? '0' : value.toExponential(Number.isInteger(Math.log10(value)) ? 0 : 1)

export const significant = (value: number): string =>
  value === 0
    ? '0'
    : value >= 1000 || value < 0.001
      ? value.toExponential(1)
      : String(Number(value.toPrecision(2)))
