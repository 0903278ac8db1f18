/**
 * The largest and the smallest of many numbers. `Math.max(...values)` passes every value as an argument, and a call
 * with more than about 120,000 of them overflows the stack.
 */

/** Of no values, `least`. */
export function largest(values: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let found = least
  for (const value of values) found = Math.max(found, value)
  return found
}

/** Of no values, `most`. */
export function smallest(values: Iterable<number>, most = Number.POSITIVE_INFINITY): number {
  let found = most
  for (const value of values) found = Math.min(found, value)
  return found
}

/** Adds many items to the end of a list, for the same reason. */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item)
}
