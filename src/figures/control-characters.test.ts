import { expect, test } from 'vitest'
import { printable, printableLines } from '../base/printable.ts'
import { serverDocument } from './canvas.node.ts'
import { svgToPng } from './files.node.ts'
import { drawConfusion, drawCurves } from './plots.ts'

const controls = [...Array(32).keys(), 0x7f, 0x9b, 0x2028, 0x202e, 0x2066].map(code =>
  String.fromCharCode(code),
)

test('control characters are shown as escapes, and nothing else changes', () => {
  expect(printable('a\x1b[31mb\nc\td\u202ee')).toBe('a\\x1b[31mb\\nc\\td\\u202ee')
  expect(printableLines('a\x07\nb')).toBe('a\\x07\nb')
  const plain = 'p\u00eache \u{1f33f} "a" <b> \\ 100 %'
  expect(printable(plain)).toBe(plain)
  expect(controls.map(printable).join('')).toMatch(/^[\x20-\x7e]+$/)
})

test('classes whose names hold any of them can be drawn', async () => {
  const classes = controls.map(control => `a${control}b`)
  const cells = classes.map((_, i) => ({ truth: i, predicted: i, count: 1 }))
  const confusion = drawConfusion(
    { title: classes.join(''), classes, cells, totals: classes.map(() => 1) },
    serverDocument(),
  )
  expect((await svgToPng(confusion)).length).toBeGreaterThan(1000)
  const series = classes.slice(0, 8).map(name => ({
    name,
    points: [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
    ],
  }))
  const curves = drawCurves({ title: 'a\x00b', x: 'x\x1b', y: 'y', series }, serverDocument())
  expect((await svgToPng(curves)).length).toBeGreaterThan(1000)
})
