/** Names of files and of people: what is shown of them, and their order. */

/** The last part of a path or an address, whichever separator it has. */
export const lastPart = (path: string): string => path.slice(path.search(/[^/\\]*$/))

/** An order in which tile-2 comes before tile-10. */
export const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })
