/** The filler gives the same bytes here as in Python: fixtures/fillings.json, recorded by oracles/fillings.py. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fill } from './fill.ts'

interface Filling {
  name: string
  shape: number[]
  scale: number
  shift: number
  first: number[]
  sha256: string
}

const { cases }: { cases: Filling[] } = JSON.parse(
  readFileSync(new URL('fixtures/fillings.json', import.meta.url), 'utf8'),
)

test.each(cases)(
  'fill "$name" $shape is that of Python to the bit',
  ({ name, shape, scale, shift, first, sha256 }) => {
    const { data } = fill(name, shape, scale, shift)
    expect(Array.from(data.subarray(0, 4))).toEqual(first)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
  },
)
