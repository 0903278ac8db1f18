/** Makes a command of a lens: its arguments and options become words and flags, its drawing becomes the page. */
import { type Input, optionsOfInputs } from '../lenses/inputs.ts'
import type { LensDefinition } from '../lenses/lens.ts'
import { requireEffect } from '../options/needs.ts'
import { type Argument, type CommandDefinition, defineCommand } from './command.ts'

export function lensCommand(lens: LensDefinition): CommandDefinition {
  return defineCommand({
    name: lens.name,
    summary: lens.description,
    description: lens.about,
    arguments: Object.entries(lens.inputs).map(([name, input]) => argumentOf(name, input)),
    options: lens.options.safeExtend(optionsOfInputs(lens.inputs).shape),
    examples: lens.examples,
    check: (_args, options, given) => requireEffect(lens.options, given, options),
    async run(context, args, options) {
      const given = Object.fromEntries(Object.entries(options).filter(([key]) => context.given.has(key)))
      // Loaded here, so that `--help` does not wait for the engine.
      const [{ runLens }, { lensPage }] = await Promise.all([
        import('../lenses/run.node.ts'),
        import('../lenses/look.node.ts'),
      ])
      const { report, metrics } = await runLens(context, lens, args, given)
      return { metrics, report: lensPage(lens, report, args, context.seed) }
    },
  })
}

/** The words of a command line that an input takes. */
function argumentOf(name: string, { kind, description, word, atLeast, atMost }: Input): Argument {
  const exactly = atLeast === atMost && atMost > 1 ? atLeast : undefined
  return {
    name,
    kind,
    description,
    word,
    exactly,
    optional: atLeast === 0,
    many: atMost > 1 && exactly === undefined,
    atLeast: atMost > 1 ? Math.max(1, atLeast) : undefined,
  }
}
