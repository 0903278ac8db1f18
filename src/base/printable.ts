/** Text of strangers (names of files, classes, layers) made safe to print: a terminal obeys control characters. */

// C0 and C1 controls, line separators, and the marks that reverse the direction of what follows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** Control characters shown as escapes, such as \x1b; `\n` and `\t` under their own names. */
export const printable = (text: string): string => text.replace(control, escaped)

/** The same for text of several lines: line breaks stay. */
export const printableLines = (text: string): string =>
  text.replace(control, character => (character === '\n' ? character : escaped(character)))

function escaped(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  if (character === '\r') return '\\r'
  const code = character.charCodeAt(0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
}
