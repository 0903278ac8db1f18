/** What a command is done to: networks, data, images, vectors. Typed, suggested, browsed for, or dropped. */
import { useState } from 'preact/hooks'
import type { FolderEntry, FormInput } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { failureOf } from '../../failure.ts'
import { useLoaded } from '../../loaded.ts'
import { FilePicker } from '../../parts/file-picker.tsx'
import { Icon } from '../../parts/icons.tsx'
import { useRuns } from '../../runs.ts'
import { pathOfRun } from '../../studio.ts'
import { SweepField } from './sweep.tsx'

type EntryKind = FolderEntry['kind']

/** What of the files can be an input of a kind. */
const pickable: Readonly<Record<string, readonly EntryKind[]>> = {
  model: ['run', 'model'],
  models: ['run', 'model'],
  runs: ['run'],
  data: ['folder', 'list'],
  picture: ['image'],
  pictures: ['image'],
  start: ['image'],
  sample: ['image', 'folder', 'list'],
  vectors: ['vectors', 'run'],
  sweep: ['json'],
  text: ['video', 'image', 'folder', 'model', 'list', 'json', 'vectors', 'run', 'text'],
}

export function InputField({
  input,
  values,
  error,
  change,
}: {
  input: FormInput
  values: readonly string[]
  error?: string
  change: (values: readonly string[]) => void
}) {
  const [isPicking, pick] = useState(false)
  const [said, say] = useState('')
  const { name, kind, description, atLeast, atMost, choices } = input
  const several = atMost === undefined || atMost > 1
  const id = `input-${name}`
  const suggestions = useSuggestions(kind)
  const kinds = pickable[kind]
  const put = (value: string) => change(several ? [...values.filter(one => one !== value), value] : [value])
  const upload = async (files: Iterable<File>) => {
    let now = values
    for (const file of files) {
      say(`bringing ${file.name} …`)
      try {
        const { path } = await client.upload(file)
        now = several ? [...now, path] : [path]
        change(now)
        say('')
      } catch (error) {
        say(failureOf(error).what)
      }
    }
  }
  if (kind === 'sweep')
    return <SweepField value={values[0] ?? ''} error={error} change={value => change([value])} />
  const takesFiles = kinds?.some(one => one === 'image' || one === 'model' || one === 'vectors')
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the button does the same
    <div
      class={`option input${error ? ' wrong' : ''}`}
      onDragOver={event => {
        if (takesFiles) event.preventDefault()
      }}
      onDrop={event => {
        if (!takesFiles || !event.dataTransfer?.files.length) return
        event.preventDefault()
        void upload(event.dataTransfer.files)
      }}
    >
      <label for={id}>
        {name}
        {atLeast === 0 && <span class="soft"> may be left out</span>}
      </label>
      {several && values.length > 0 && (
        <ul class="chosen">
          {values.map(value => (
            <li key={value}>
              <span class="clip" title={value}>
                {value}
              </span>
              <button
                type="button"
                aria-label={`leave out ${value}`}
                onClick={() => change(values.filter(one => one !== value))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="control">
        {kind === 'choice' ? (
          <select id={id} value={values[0] ?? ''} onChange={event => change([event.currentTarget.value])}>
            <option value="">choose</option>
            {choices?.map(choice => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        ) : (
          <input
            id={id}
            type="text"
            list={suggestions.length ? `${id}-list` : undefined}
            value={several ? '' : (values[0] ?? '')}
            placeholder={several && values.length ? 'one more' : placeholderOf(kind)}
            autocomplete="off"
            spellcheck={false}
            aria-invalid={error ? true : undefined}
            aria-describedby={`${id}-about`}
            onInput={event => {
              const text = event.currentTarget.value
              if (!several) change(text ? [text] : [])
              else if (suggestions.includes(text)) {
                put(text)
                event.currentTarget.value = ''
              }
            }}
            onChange={event => {
              const text = event.currentTarget.value.trim()
              if (!several || !text) return
              put(text)
              event.currentTarget.value = ''
            }}
            onKeyDown={event => {
              if (event.key !== 'Enter' || !several || !event.currentTarget.value) return
              event.preventDefault()
              event.currentTarget.blur()
              event.currentTarget.focus()
            }}
          />
        )}
        {kinds && (
          <button type="button" class="button small" onClick={() => pick(true)}>
            Browse
          </button>
        )}
      </div>
      {suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map(one => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <p class="about" id={`${id}-about`}>
        {error && <strong>{error}. </strong>}
        {said && <strong>{said} </strong>}
        {description}
      </p>
      {isPicking && kinds && (
        <FilePicker
          kinds={kinds}
          choose={path => {
            put(path)
            if (!several) pick(false)
          }}
          upload={takesFiles ? upload : undefined}
          close={() => pick(false)}
        />
      )}
    </div>
  )
}

function placeholderOf(kind: string): string {
  if (kind === 'model' || kind === 'models') return 'a run, a file, or a network such as resnet18'
  if (kind === 'runs') return 'a run'
  if (kind === 'data') return 'a folder with one sub-folder for each class'
  if (kind === 'start') return 'an image, or noise'
  if (kind === 'sample') return 'images, or a data folder'
  if (kind === 'vectors') return 'a run, run@7:test, or a file'
  if (kind === 'output') return 'a new folder or file'
  return kind === 'picture' || kind === 'pictures' ? 'an image' : ''
}

/** What is at hand for an input of this kind. */
function useSuggestions(kind: string): string[] {
  const needsRuns = ['model', 'models', 'runs', 'vectors', 'data', 'sample'].includes(kind)
  const runs = useRuns(needsRuns)
  const needsNets = kind === 'model' || kind === 'models'
  const weights = useLoaded(needsNets ? 'weights' : undefined, signal => client.weights(signal))
  const trained = (runs.value?.runs ?? []).filter(({ command }) => command === 'train')
  if (kind === 'start') return ['noise']
  if (kind === 'data' || kind === 'sample')
    return [...new Set(trained.flatMap(({ data }) => (data ? [data] : [])))]
  const names = trained.map(({ name }) => pathOfRun(name))
  return needsNets
    ? [
        ...names,
        ...(weights.value?.weights.filter(({ here }) => here).map(({ net, source }) => `${net}:${source}`) ??
          []),
      ]
    : names
}
