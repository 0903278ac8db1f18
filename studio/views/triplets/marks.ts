/** What is drawn with the dots of triplets: the diagonal and the names of the axes, the path of one of them. */
import type { Mark, Place } from '../../parts/dots/marks.ts'

export function axes(at: Place, side: number): Mark[] {
  return [
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
