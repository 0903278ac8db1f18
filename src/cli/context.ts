/** The context that a command works in: made from the options of every command, with progress on standard error. */
import type { z } from 'zod'
import { makeFolder } from '../base/files.node.ts'
import { relayToParent } from '../base/relay.node.ts'
import type { Work } from '../base/work.ts'
import type { CommandContext } from '../commands/command.ts'
import type { commonOptions } from '../commands/common-options.ts'
import { freshFolder } from '../runs/out-folder.node.ts'
import { createContext, type NodeContext } from '../runtime/context.node.ts'
import type { ModelWishes } from '../runtime/context.ts'
import { createReporter } from './progress.ts'
import { serve } from './serve.ts'
import type { ProcessContext } from './streams.ts'

export function createCommandContext(
  command: string,
  {
    seed,
    device,
    threads,
    json,
    quiet,
    out,
    model,
  }: z.output<typeof commonOptions> & { model?: ModelWishes },
  given: ReadonlySet<string>,
  { stdout, stderr, signal }: ProcessContext,
): CommandContext & NodeContext {
  const report = createReporter(stderr, quiet)
  const relay = relayToParent()
  const emit: Work['emit'] = event => {
    report(event)
    relay?.(event)
  }
  const folder = () => (out === undefined ? freshFolder(command) : makeFolder(out))
  const context = createContext({ seed, device, threads, folder, signal, emit, model })
  return {
    ...context,
    json,
    wantsFiles: out !== undefined,
    given,
    serve: wishes => serve(context, stdout, json, wishes),
  }
}
