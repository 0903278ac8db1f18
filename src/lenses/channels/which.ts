/** Which channels are meant. */
import { GlasshouseError } from '../../base/errors.ts'

/**
 * Channel numbers of a list such as `0-15,40`, ascending, each once; all where none is given.
 * @throws GlasshouseError 'unknown-channel'
 */
export function channelsIn(list: string | undefined, width: number, layer: string): number[] {
  if (list === undefined) return Array.from({ length: width }, (_, channel) => channel)
  const chosen = new Set<number>()
  for (const part of list.split(',')) {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (first === undefined || from > to || to >= width)
      throw new GlasshouseError({
        code: 'unknown-channel',
        what: `the layer ${layer} has no such channels`,
        path: ['options', 'channels'],
        expected: `numbers and ranges up to ${width - 1}, such as 0-${Math.min(7, width - 1)}`,
        got: part.trim(),
      })
    for (let channel = from; channel <= to; channel++) chosen.add(channel)
  }
  return [...chosen].sort((a, b) => a - b)
}
