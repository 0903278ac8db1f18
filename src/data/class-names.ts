/**
 * Names of classes as people write them. Letters with accents have two spellings in Unicode, composed (NFC) and
 * decomposed (NFD); macOS writes the second, everything else the first. Both are one name.
 */

/** Without blanks at the ends, composed. */
export function className(written: string): string {
  const name = written.trim()
  return isAscii(name) ? name : name.normalize('NFC')
}

const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text)
