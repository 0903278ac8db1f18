/** Colours of dots, as image data has them. */

/** Thirty colours that differ clearly on white and on black. Further classes begin again with the first. */
const hues = [152, 18, 217, 292, 45, 190, 340, 80, 262, 0]

export const classPalette = (): Uint32Array =>
  Uint32Array.from({ length: 30 }, (_, index) => {
    const level = Math.floor(index / 10)
    return fromHsl(hues[index % 10], [0.62, 0.5, 0.75][level], [0.46, 0.66, 0.33][level])
  })

export const cssColour = (value: number): string =>
  `rgb(${value & 255} ${(value >> 8) & 255} ${(value >> 16) & 255})`

/** From little to much: 32 steps from a pale to a strong colour. */
export const scalePalette = (): Uint32Array =>
  Uint32Array.from({ length: 32 }, (_, index) => {
    const share = index / 31
    return fromHsl(260 - 235 * share, 0.75, 0.42 + 0.16 * Math.sin(Math.PI * share))
  })

export const rightWrong = (): Uint32Array =>
  Uint32Array.from([fromHsl(6, 0.66, 0.52), fromHsl(152, 0.6, 0.4)])

function fromHsl(hue: number, saturation: number, lightness: number): number {
  const part = (shift: number) => {
    const k = (shift + hue / 30) % 12
    const value =
      lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return Math.round(255 * value)
  }
  return ((255 << 24) | (part(4) << 16) | (part(8) << 8) | part(0)) >>> 0
}
