/** What is drawn with the dots of triplets: the diagonal, the axes with their names, the path of one of them. */
import type { Mark, Place } from '../../parts/dots/marks.ts'

/** Similarities that are written at the axes. */
const ticks = [-1, -0.5, 0, 0.5, 1]

function ticksOf(at: Place, side: number): Mark[] {
  const word = (text: string, x: number, y: number): Mark => ({
    kind: 'words',
    ...{ text, x, y, size: 10, anchor: 'end', opacity: 0.6, behind: true },
  })
  return ticks.flatMap(tick => {
    const [x, y] = at(tick, -tick)
    const text = String(tick).replace('-', '−')
    const isIn = (place: number) => place > 24 && place < side - 12
    return [
      // Above the name of the axis, and to the right of it.
      ...(isIn(x) ? [word(text, x + 6, side - 24)] : []),
      ...(isIn(y) ? [word(text, 40, y + 4)] : []),
    ]
  })
}

export function axes(at: Place, side: number): Mark[] {
  return [
    ...ticksOf(at, side),
    { kind: 'line', points: [at(-1, 1), at(1, -1)], width: 1, opacity: 0.35, behind: true },
    {
      kind: 'words',
      text: 'nearest of the same class →',
      x: Math.min(side - 8, at(1, 0)[0]),
      y: side - 8,
      size: 11,
      anchor: 'end',
      opacity: 0.75,
      behind: true,
    },
    {
      kind: 'words',
      text: 'nearest of another class →',
      x: 14,
      y: Math.max(8, at(0, -1)[1]),
      size: 11,
      // Read from the bottom to the top, it ends where the axis does.
      anchor: 'end',
      turned: true,
      opacity: 0.75,
      behind: true,
    },
  ]
}

export function path(places: readonly (readonly [number, number])[], at: Place): Mark[] {
  const points = places.map(([x, y]) => at(x, y))
  return [
    { kind: 'line', points, width: 1.5 },
    ...points.map(([x, y]): Mark => ({ kind: 'disc', x, y, radius: 2.2 })),
  ]
}
