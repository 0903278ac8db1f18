/**
 * A curve of many steps as it is drawn: of every column of pixels the lowest and the highest value, so that a spike
 * stays a spike. Nothing else is left out.
 */
export interface Series {
  name: string
  /** number of its colour */
  colour: number
  x: ArrayLike<number>
  y: ArrayLike<number>
  /** drawn behind, as what the others are to be compared with */
  faint?: boolean
}

export function thin(x: ArrayLike<number>, y: ArrayLike<number>, columns: number): number[] {
  const count = x.length
  if (count <= 2 * columns) return Array.from({ length: count }, (_, at) => at)
  const kept: number[] = []
  const per = count / columns
  for (let column = 0; column < columns; column++) {
    const [from, to] = [Math.floor(column * per), Math.floor((column + 1) * per)]
    let [low, high] = [from, from]
    for (let at = from; at < to; at++) {
      if (y[at] < y[low]) low = at
      if (y[at] > y[high]) high = at
    }
    kept.push(Math.min(low, high))
    if (low !== high) kept.push(Math.max(low, high))
  }
  if (kept.at(-1) !== count - 1) kept.push(count - 1)
  return kept
}

/** The place of the value nearest to `wanted` in ascending numbers; -1 where there are none. */
export function nearestAt(values: ArrayLike<number>, wanted: number): number {
  let [low, high] = [0, values.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (values[middle] < wanted) low = middle
    else high = middle
  }
  if (high < 0) return -1
  return Math.abs(values[low] - wanted) <= Math.abs(values[high] - wanted) ? low : high
}
