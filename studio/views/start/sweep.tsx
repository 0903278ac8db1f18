/** A grid of trainings: what all have in common, and the values that are tried in every combination. */
import { useState } from 'preact/hooks'
import type { SweepSpecInput } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { FilePicker } from '../../parts/file-picker.tsx'
import { counted, spaced } from '../../words.ts'
import { listOf, meaningOf } from './filled.ts'

export function SweepField({
  value,
  error,
  change,
}: {
  value: string
  error?: string
  change: (value: string) => void
}) {
  const form = useLoaded('command train', signal => client.command('train', signal))
  const [isPicking, pick] = useState<'file' | 'data' | undefined>()
  const isFile = value !== '' && !value.startsWith('{')
  const spec = readSpec(value)
  const fields = form.value?.options ?? []
  const put = (next: Partial<SweepSpecInput>) => change(JSON.stringify({ ...spec, ...next }))
  const parse = (key: string, text: string) =>
    meaningOf(fields.find(field => field.key === key) ?? { type: 'text' }, text)
  const runs = Object.values(spec.grid).reduce((product, values) => product * Math.max(1, values.length), 1)
  const free = fields.filter(({ key }) => !(key in spec.grid) && !(key in (spec.train ?? {})))
  const drop = (from: Record<string, unknown>, key: string) =>
    Object.fromEntries(Object.entries(from).filter(([name]) => name !== key))
  return (
    <div class={`sweep${error ? ' wrong' : ''}`}>
      {error && (
        <p class="about">
          <strong>{error}. </strong>
        </p>
      )}
      {isFile ? (
        <p>
          <code>{value}</code>{' '}
          <button type="button" class="link" onClick={() => change(JSON.stringify(spec))}>
            fill in here instead
          </button>
        </p>
      ) : (
        <>
          <div class="option input">
            <label for="sweep-data">data</label>
            <div class="control">
              <input
                id="sweep-data"
                type="text"
                value={spec.data}
                placeholder="a folder with one sub-folder for each class"
                onInput={event => put({ data: event.currentTarget.value })}
              />
              <button type="button" class="button small" onClick={() => pick('data')}>
                Browse
              </button>
            </div>
          </div>
          <h3>Tried in every combination</h3>
          {Object.entries(spec.grid).map(([key, values]) => (
            <Row
              key={key}
              name={key}
              text={values.join(', ')}
              change={text =>
                put({ grid: { ...spec.grid, [key]: listOf(text).map(item => parse(key, item)) } })
              }
              remove={() => put({ grid: drop(spec.grid, key) as SweepSpecInput['grid'] })}
            />
          ))}
          <Adder
            label="add an option to try"
            keys={['seed', ...free.map(({ key }) => key)].filter(key => !(key in spec.grid))}
            add={key => put({ grid: { ...spec.grid, [key]: [] } })}
          />
          <h3>The same in all</h3>
          {Object.entries(spec.train ?? {}).map(([key, one]) => (
            <Row
              key={key}
              name={key}
              text={String(one)}
              change={text => put({ train: { ...spec.train, [key]: parse(key, text) } })}
              remove={() => put({ train: drop(spec.train ?? {}, key) })}
            />
          ))}
          <Adder
            label="add an option"
            keys={free.map(({ key }) => key)}
            add={key => put({ train: { ...spec.train, [key]: '' } })}
          />
          <p class="soft small">
            {counted(runs, 'training')}.{' '}
            <button type="button" class="link" onClick={() => pick('file')}>
              Take a file instead
            </button>
          </p>
        </>
      )}
      {isPicking && (
        <FilePicker
          kinds={isPicking === 'data' ? ['folder', 'list'] : ['json']}
          choose={path => {
            if (isPicking === 'data') put({ data: path })
            else change(path)
            pick(undefined)
          }}
          close={() => pick(undefined)}
        />
      )}
    </div>
  )
}

function readSpec(text: string): SweepSpecInput {
  try {
    const { data = '', grid = {}, ...rest } = JSON.parse(text || '{}')
    return { data, grid, ...rest }
  } catch {
    return { data: '', grid: {} }
  }
}

const Row = ({
  name,
  text,
  change,
  remove,
}: {
  name: string
  text: string
  change: (text: string) => void
  remove: () => void
}) => (
  <div class="sweep-row">
    <label for={`sweep-${name}`}>{spaced(name)}</label>
    {/* Typed freely, read when one leaves it: a comma alone is no value yet. */}
    <input
      id={`sweep-${name}`}
      type="text"
      defaultValue={text}
      onChange={event => change(event.currentTarget.value)}
    />
    <button type="button" class="link soft" onClick={remove} aria-label={`leave out ${name}`}>
      ×
    </button>
  </div>
)

const Adder = ({
  label,
  keys,
  add,
}: {
  label: string
  keys: readonly string[]
  add: (key: string) => void
}) => (
  <select
    class="adder"
    aria-label={label}
    value=""
    onChange={event => {
      if (event.currentTarget.value) add(event.currentTarget.value)
    }}
  >
    <option value="">{label} …</option>
    {keys.map(key => (
      <option key={key} value={key}>
        {spaced(key)}
      </option>
    ))}
  </select>
)
