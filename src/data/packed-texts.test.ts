import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packTexts } from './packed-texts.node.ts'

/** Few letters, so that many begin alike, and characters of every length in UTF-8. */
const text = fc
  .array(fc.constantFrom('a', 'b', '/', 'é', '\ufeff', '\ue000', '\uffee', '\u{1f600}', '\u{10ffff}'), {
    maxLength: 6,
  })
  .map(parts => parts.join(''))

test('packed texts come back as they were, and sorted in the order of code units', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), texts => {
      const packed = packTexts()
      for (const each of texts) packed.add(each)
      const all = () => Array.from({ length: packed.count }, (_, place) => packed.at(place))
      expect(all()).toEqual(texts)
      const order = packed.sort()
      expect(all()).toEqual([...texts].sort())
      expect(Array.from(order, place => texts[place])).toEqual(all())
    }),
  )
})

test('they fill more than one block', () => {
  const packed = packTexts()
  const long = 'x'.repeat(2 ** 21)
  for (let i = 6; i > 0; i--) packed.add(`${i}${long}`)
  packed.sort()
  expect(packed.at(0)).toBe(`1${long}`)
  expect(packed.at(5)).toBe(`6${long}`)
})
