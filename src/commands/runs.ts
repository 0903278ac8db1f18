/** `runs [FOLDER]`: what there is, how good it is, how it stands. */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../base/files.node.ts'
import { percent } from '../base/percent.ts'
import { version } from '../base/version.node.ts'
import { renderReport } from '../figures/report.ts'
import { listRuns } from '../runs/list.node.ts'
import { runsReport } from '../runs/list-page.ts'
import { defineCommand } from './command.ts'
import { table } from './summary.ts'

export const runs = defineCommand({
  name: 'runs',
  summary: 'all runs in a folder with data, score and state, as a list and as a page',
  description:
    'Lists trainings and the results of other commands, the latest first, and writes a page with a table to sort and filter: index.html in the folder, or runs.html where the folder holds a result of its own. With --out the page goes there.',
  arguments: [{ name: 'folder', description: 'where to look; runs/ unless given', optional: true }],
  options: z.object({}),
  examples: [
    { line: 'runs', does: 'Everything under runs/' },
    { line: 'runs runs/rates --json', does: 'The runs of a sweep, for a script' },
  ],
  makesNothing: true,
  async run(context, { folder = 'runs' }) {
    const found = await listRuns(folder, context)
    const base = context.wantsFiles ? await context.out() : folder
    const pageOf = (name: string) => {
      const page = join(folder, name, 'index.html')
      return existsSync(page) ? addressOf(relative(base, page)) : undefined
    }
    const report = renderReport({
      title: 'Runs',
      ...runsReport(found, pageOf),
      footer: `glasshouse ${version}  runs ${folder}`,
    })
    const page = join(folder, existsSync(join(folder, 'result.json')) ? 'runs.html' : 'index.html')
    if (!context.wantsFiles) await writeFileAtomic(page, report)
    return {
      metrics: {
        runs: found.map(({ curve: _, changed, ...run }) => ({
          ...run,
          changed: new Date(changed).toISOString(),
        })),
      },
      ...(context.wantsFiles && { report }),
      summary: [
        table(
          found.slice(0, mostLines).map(({ name, command, objective = '', score, state, epochs }) => ({
            run: name,
            command,
            objective,
            score: score === undefined ? '' : percent(score),
            epochs: epochs === undefined ? '' : String(epochs),
            state,
          })),
        ),
        ...(found.length > mostLines ? [`and ${found.length - mostLines} more`] : []),
        ...(found.length ? [] : ['There are no runs here yet.']),
        ...(context.wantsFiles ? [] : [`Page: ${page}`]),
      ].join('\n'),
    }
  },
})

/** A terminal shows as many lines as a person reads. */
const mostLines = 50

/** A path as a relative address. */
const addressOf = (path: string): string => path.split(/[\\/]/).map(encodeURIComponent).join('/')
