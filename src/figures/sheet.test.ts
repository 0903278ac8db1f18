import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawColourBar } from './colour-bar.ts'
import { drawSheet } from './sheet.ts'
import { fittingSize, textWidth, wrapText } from './svg.ts'

const words = fc.string({ unit: fc.constantFrom(...'abcimwWM-_./@ éß漢 '), minLength: 0, maxLength: 80 })
const bare = (text: string) => text.replace(/\s/g, '')

describe('text in lines', () => {
  it('is never wider than its place, and loses nothing but blanks', () => {
    fc.assert(
      fc.property(
        words,
        fc.integer({ min: 30, max: 400 }),
        fc.integer({ min: 8, max: 20 }),
        (text, width, size) => {
          const lines = wrapText(text, width, size)
          for (const line of lines) expect(textWidth(line, size)).toBeLessThanOrEqual(width)
          expect(bare(lines.join(''))).toBe(bare(text))
        },
      ),
    )
  })

  it('is shrunk to its place where it has to stay on one line', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 30, max: 400 }), (text, width) => {
        const size = fittingSize(text, width, 14)
        expect(size).toBeLessThanOrEqual(14)
        expect(textWidth(text, size)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('breaks at blanks before it breaks words', () => {
    expect(wrapText('Loose Silky-bent', 90, 11)).toEqual(['Loose', 'Silky-bent'])
  })
})

/** The texts of a drawing with their places. */
const textsOf = (svg: string) =>
  [
    ...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="(\d+)" text-anchor="(\w+)"[^>]*>([^<]*)</g),
  ].map(([, x, y, size, anchor, text]) => {
    const width = textWidth(text, Number(size))
    const start =
      anchor === 'end' ? Number(x) - width : anchor === 'middle' ? Number(x) - width / 2 : Number(x)
    return { text, start, end: start + width, y: Number(y), size: Number(size) }
  })
const sizeOf = (svg: string) => /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.slice(1).map(Number)

describe('a sheet', () => {
  it('holds every word of every caption inside its borders, however long', () => {
    const long = 'a_very_long_file_name_of_a_seedling-2026-07-01T12.00.00.jpeg'
    const tile = { image: 'data:,', caption: [long, 'Shepherds Purse', '12 % off the plant'] }
    const svg = drawSheet({
      title: 'A title that is much longer than two small tiles are wide',
      rows: [{ label: `${long} and its neighbours`, tiles: [tile, tile] }, { tiles: [tile] }],
      columns: ['before training', 'after thirteen epochs of training with everything'],
      size: 90,
      bar: {
        title: 'heat',
        colours: 'turbo',
        ends: ['lowest of the map', 'highest of the map, which may be anything'],
      },
    })
    const [width, height] = sizeOf(svg)
    const texts = textsOf(svg)
    for (const { text, start, end, y } of texts) {
      expect(start, text).toBeGreaterThanOrEqual(0)
      expect(end, text).toBeLessThanOrEqual(width)
      expect(y, text).toBeLessThanOrEqual(height)
    }
    expect(texts.some(({ text }) => text.includes('…'))).toBe(false)
    expect(bare(texts.map(({ text }) => text).join(''))).toContain(bare(long))
  })
})

it('a colour bar keeps long words at its ends apart', () => {
  const texts = textsOf(
    drawColourBar({
      title: 'share',
      colours: 'jet',
      ends: ['the lowest value of the pair', 'the highest value of the pair'],
    }),
  )
  const [one, other] = texts.slice(-2)
  expect(one.end <= other.start || one.y !== other.y).toBe(true)
})
