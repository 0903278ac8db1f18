/** What the program answers when no command was named, or none that there is: the list, or what was meant. */
import { Command as Commander, CommanderError } from 'commander'
import { GlasshouseError } from '../base/errors.ts'
import { version } from '../base/version.node.ts'
import type { CommandEntry } from '../commands/registry.ts'
import { meantCommands } from './aliases.ts'
import type { ProcessContext } from './streams.ts'

/** Lists the commands for `--help`, prints the version for `--version`, refuses everything else by name. */
export function overview(
  name: string,
  entries: readonly CommandEntry[],
  words: readonly string[],
  { stdout }: Pick<ProcessContext, 'stdout'>,
): void {
  let text = ''
  const program = new Commander(name)
    .description('Grow image embeddings, see inside them.')
    .usage(`${name === 'glasshouse' ? 'COMMAND' : 'WORD'} ...`)
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', `\n${name} ... --help lists the arguments and options of a command.`)
    .exitOverride()
    .configureOutput({
      writeOut: part => {
        text += part
      },
      writeErr() {},
      getOutHelpWidth: () => stdout.columns ?? 100,
    })
  for (const { name, summary, heading, hidden } of entries) {
    program.addCommand(new Commander(name).summary(summary).helpGroup(heading).usage(' '), { hidden })
  }
  try {
    program.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.help') {
      const expected = `one of ${entries.map(({ name }) => name).join(', ')}`
      throw new GlasshouseError({ code: 'usage', where: name, what: 'a word is missing', expected })
    }
    if (error.code === 'commander.unknownCommand') throw unknownCommand(name, words[0], entries)
    if (error.exitCode !== 0) throw usageError(name, error)
  }
  stdout.write(text)
}

function unknownCommand(where: string, word: string, entries: readonly CommandEntry[]): GlasshouseError {
  const names = entries.filter(({ hidden }) => !hidden).map(({ name }) => name)
  const likely = meantCommands(word, names)
  return new GlasshouseError({
    code: 'usage',
    where,
    what: `unknown command '${word}'`,
    hint: likely.length ? `Did you mean ${likely.join(' or ')}?` : `See ${where} --help`,
  })
}

/** What commander says of a mistake, in this project's form. */
export function usageError(where: string, error: CommanderError): GlasshouseError {
  const [what, meant] = error.message.replace(/^error: /, '').split('\n')
  return new GlasshouseError({
    code: 'usage',
    where,
    what,
    hint: meant ? meant.replace(/[()]/g, '') : `See ${where} --help`,
  })
}
