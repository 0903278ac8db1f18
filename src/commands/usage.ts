/** How the arguments of a command are written in usage lines, and how many words they need. */
import type { Argument } from './command.ts'

/** `otherModel` is written OTHER-MODEL in usage lines, and VIDEO stays as it is. */
export const wordOf = ({ name, word = name }: Argument) =>
  word.replace(/(?<=[a-z])[A-Z]/g, letter => `-${letter}`).toUpperCase()

/** `MODEL`, `IMAGE...`, `IMAGE IMAGE`, `[DATA]` */
export const usageOf = (argument: Argument) => {
  const one = wordOf(argument) + (argument.many ? '...' : '')
  const words = Array(fewest({ ...argument, optional: false }))
    .fill(wordOf(argument))
    .slice(1)
    .concat(one)
    .join(' ')
  return argument.optional ? `[${words}]` : words
}

/** How many words an argument needs. */
export const fewest = ({ optional, exactly, many, atLeast = 1 }: Argument): number =>
  optional ? 0 : (exactly ?? (many ? atLeast : 1))
