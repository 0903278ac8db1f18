/** Strangers' words as a message can hold them: a file may have a name, a label or a cell of a megabyte. */

/** The text, or its beginning and its length where it has more than `most` characters. */
export const brief = (text: string, most = 1000): string =>
  text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`
