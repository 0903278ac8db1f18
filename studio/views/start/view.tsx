/** Whatever the program can do, to be started from the page: choose it, fill in its form, start it. */
import { useMemo } from 'preact/hooks'
import type { CommandSummary } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { groupBy } from '../../group.ts'
import { useLoaded } from '../../loaded.ts'
import { Chips } from '../../parts/chips.tsx'
import { Shown } from '../../parts/states.tsx'
import { href, query, setQuery } from '../../route.ts'
import { StartForm } from './form.tsx'

export function StartView() {
  const command = query.value.get('command')
  return command ? <OneCommand key={command} command={command} /> : <Choose />
}

function OneCommand({ command }: { command: string }) {
  const loaded = useLoaded(`command ${command}`, signal => client.command(command, signal))
  return (
    <Shown of={loaded} height={560}>
      {form => <StartForm form={form} />}
    </Shown>
  )
}

function Choose() {
  const loaded = useLoaded('commands', signal => client.commands(signal))
  const ask = query.value
  const words = (ask.get('q') ?? '').toLowerCase()
  const model = ask.get('model') ?? undefined
  const onlyLenses = ask.get('lens') === '1'
  return (
    <>
      <header>
        <div class="view-title">
          <h1>{onlyLenses ? 'Look inside' : 'Start'}</h1>
        </div>
        <p class="lead">
          {model
            ? `Choose how to look at ${model}.`
            : 'Everything that the command line does, with the same options. Work runs one after another and goes on when this page is closed.'}
        </p>
      </header>
      <div class="bar">
        <label class="field-search">
          <span class="unseen">Search the commands</span>
          <input
            type="search"
            placeholder="search"
            data-key="/"
            value={ask.get('q') ?? ''}
            onInput={event => setQuery({ q: event.currentTarget.value })}
          />
        </label>
        <Chips
          label="Which"
          value={onlyLenses ? 'lenses' : 'everything'}
          chips={[
            { key: 'everything', title: 'everything' },
            { key: 'lenses', title: 'lenses' },
          ]}
          change={name => setQuery({ lens: name === 'lenses' ? 1 : undefined })}
        />
      </div>
      <Shown of={loaded} height={420}>
        {({ commands }) => (
          <Commands
            commands={commands.filter(
              ({ name, title, summary, isLens }) =>
                (!onlyLenses || isLens) && `${name} ${title} ${summary}`.toLowerCase().includes(words),
            )}
            model={model}
          />
        )}
      </Shown>
    </>
  )
}

function Commands({ commands, model }: { commands: readonly CommandSummary[]; model?: string }) {
  const groups = useMemo(() => [...groupBy(commands, ({ heading }) => heading)], [commands])
  if (commands.length === 0) return <p class="soft">Nothing fits.</p>
  return (
    <>
      {groups.map(([heading, members]) => (
        <section key={heading} class="commands">
          <h2>{heading}</h2>
          <ul>
            {members.map(({ name, title, summary }) => (
              <li key={name}>
                <a href={href('start', { command: name, model })}>
                  <strong>{title}</strong>
                  <code>{name}</code>
                  <span class="soft">{summary}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
