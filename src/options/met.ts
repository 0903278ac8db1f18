/**
 * Whether an option has what it needs beside it, by plain data: the check of options and the form of a page decide by
 * this one rule. It loads no schema library.
 */

export type Plain = string | number | boolean

export interface OptionNeed {
  /** the key of another option; of an option that these options lack nothing is needed */
  option: string
  /** one of these is its value */
  is?: readonly Plain[]
  /** it has a value, and none of these */
  isNot?: readonly Plain[]
  /** it is not given */
  absent?: true
}

export interface InputNeed {
  /** the name of an input */
  input: string
  /** how many of it there are */
  atLeast?: number
  /** it is a data set that images are drawn from */
  sampled?: true
  /** it is a folder of vectors in shards */
  shelf?: true
  /** its images are at hand, not its vectors alone */
  illustrated?: true
}

/** `or`: what does as well. Of a list all are needed. */
export type Need = (OptionNeed | InputNeed) & { or?: Need }

/** What is known of an input. */
export interface InputState {
  count: number
  sampled: boolean
  shelf: boolean
  /** whether there are images of vectors; of other inputs it is not asked */
  illustrated?: boolean
}

/** The options and inputs that needs are held against. */
export interface Surroundings {
  /** whether there is an option of this key */
  has(option: string): boolean
  /** the option's value, or its default */
  valueOf(option: string): unknown
  /** undefined where nothing is known of the input yet; it is then taken for what is needed */
  stateOf(input: string): InputState | undefined
}

export function isMet(need: Need, around: Surroundings): boolean {
  const holds =
    'option' in need
      ? !around.has(need.option) || fits(need, around.valueOf(need.option))
      : suits(need, around.stateOf(need.input))
  return holds || (need.or !== undefined && isMet(need.or, around))
}

function fits({ is, isNot, absent }: OptionNeed, value: unknown): boolean {
  const isGiven = value !== undefined && value !== false
  if (absent) return !isGiven
  if (is) return is.some(each => each === value)
  return isGiven && !isNot?.some(each => each === value)
}

function suits({ atLeast, sampled, shelf, illustrated }: InputNeed, state: InputState | undefined): boolean {
  if (!state) return true
  const isMany = atLeast === undefined || state.count >= atLeast
  const isSeen = !illustrated || state.illustrated !== false
  return isMany && isSeen && (!sampled || state.sampled) && (!shelf || state.shelf)
}
