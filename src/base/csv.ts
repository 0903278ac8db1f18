/** Lists as CSV (RFC 4180). */

export interface List {
  columns: readonly string[]
  rows: readonly (readonly (string | number)[])[]
}

/** One line for the columns and one for each row; cells with commas, quotes or line breaks are quoted. */
export const encodeCsv = ({ columns, rows }: List): string =>
  [columns, ...rows].map(row => `${row.map(cellOf).join(',')}\r\n`).join('')

function cellOf(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
