/** What a page carries as base64: numbers, little endian, and one image of many tiles. */

/** A WebP of square tiles, `across` in a row. */
export interface PackedAtlas {
  image: string
  across: number
}

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), letter => letter.charCodeAt(0))

/** A short address of an image, since the style of every portrait carries it. */
export const addressOf = (image: string): string =>
  URL.createObjectURL(new Blob([bytesOf(image)], { type: 'image/webp' }))

/** One tile of an atlas as an element of this side, in CSS pixels. */
export function tileElement(address: string, across: number, tile: number, side: number): HTMLElement {
  const element = document.createElement('span')
  const at = (place: number) => `-${place * side}px`
  element.style.cssText = `width:${side}px;height:${side}px;background:url(${address}) ${at(tile % across)} ${at(Math.floor(tile / across))} / ${across * side}px auto`
  return element
}
