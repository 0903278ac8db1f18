/**
 * What a command is: data, and one function. Flags, help, validation, the result file and the exit code are
 * derived from the definition elsewhere, so a command's own file says only what is special
 * to it.
 */
import type { z } from 'zod'
import type { GlasshouseError } from '../base/errors.ts'
import type { InputKind } from '../lenses/inputs.ts'
import type { OutputContext } from '../runtime/context.ts'

/** What an argument names, so that a form can offer the right picker. */
export type ArgumentKind = InputKind | 'choice' | 'sweep' | 'video' | 'output' | 'text'

/** A word that stands by itself on the command line, such as MODEL or IMAGE... */
export interface Argument {
  name: string
  description: string
  /** may be left out; words fill optional arguments from the left once the required ones are served */
  optional?: boolean
  /** takes one word or more, all that the other arguments leave */
  many?: boolean
  /** with `many`: the fewest words that it takes, 1 unless given */
  atLeast?: number
  /** takes this many words */
  exactly?: number
  /** what a single word is called in usage lines; the name unless given */
  word?: string
  /** what it names, for the pickers of a form; a text unless given */
  kind?: ArgumentKind
  /** the words that it takes, where it takes only some */
  choices?: readonly string[]
}

type ValueOf<A extends Argument> = A extends { many: true; optional: true } | { exactly: number }
  ? string[]
  : A extends { many: true }
    ? [string, ...string[]]
    : A extends { optional: true }
      ? string | undefined
      : string

/** The words that were given, by the names of the arguments. */
export type ArgumentValues<Arguments extends readonly Argument[] = readonly Argument[]> = {
  [A in Arguments[number] as A['name']]: ValueOf<A>
}

/** What a command is given to work with, besides its own arguments and options. */
export interface CommandContext extends OutputContext {
  /** true when standard output is to carry nothing but the JSON object */
  readonly json: boolean
  /** whether --out was given: a command that need not make files makes them then */
  readonly wantsFiles: boolean
  /** keys of the command's own options that were typed */
  readonly given: ReadonlySet<string>
  /** serves the studio until the signal is aborted, and prints its link when it listens */
  serve(studio: StudioWishes): Promise<void>
}

/** How the studio is to be served; `src/server/serve.ts` says what each means. */
export interface StudioWishes {
  folder: string
  port: number
  host: string
  readOnly: boolean
  data?: readonly string[]
  /** open the page in a browser, where there is one */
  open: boolean
}

export type Row = Readonly<Record<string, string | number | undefined>>

/** What a command hands back. */
export interface Outcome {
  metrics: Readonly<Record<string, unknown>>
  /** parameters that became known only while it ran; the arguments and options are recorded anyway */
  parameters?: Readonly<Record<string, unknown>>
  /** a self-contained page, written as index.html */
  report?: string
  /** the same where it takes long or can fail: draws once the results are written, with files of its own beside it */
  draw?(): Promise<string>
  /** what went wrong although there are results: they are written, and the command fails */
  failure?: GlasshouseError
  /** what follows when the results are written and printed, such as a page that is served until the person stops it */
  after?(): Promise<void>
  /** what a person wants to read first; the plain numbers among the metrics when it is left out */
  summary?: string | readonly Row[]
}

export interface CommandDefinition<
  Arguments extends readonly Argument[] = readonly Argument[],
  Options extends z.ZodObject = z.ZodObject,
> {
  /** one word, or a group and a word: `train`, `data seedlings` */
  name: string
  summary: string
  /** a paragraph for --help, where the summary is not enough */
  description?: string
  arguments: Arguments
  /** every field with a description; camelCase becomes --kebab-case */
  options: Options
  /** command lines without the program's name, each with what it is for */
  examples?: readonly { line: string; does: string }[]
  /** a command that makes nothing leaves a result.json only where --out asks for it */
  makesNothing?: boolean
  /** where results go without --out, for a command that continues in a folder it is given; otherwise a fresh one */
  folderOf?(options: z.output<Options>): string | undefined
  /** refuses what the options alone show to be wrong; `given` are the keys of those that were typed */
  check?(
    args: ArgumentValues<Arguments>,
    options: z.output<Options>,
    given: ReadonlySet<string>,
  ): void | Promise<void>
  run(context: CommandContext, args: ArgumentValues<Arguments>, options: z.output<Options>): Promise<Outcome>
}

/** Types a definition by its own arguments and options, and hands it back as one command among others. */
export const defineCommand = <const Arguments extends readonly Argument[], Options extends z.ZodObject>(
  definition: CommandDefinition<Arguments, Options>,
): CommandDefinition => definition
