/** One command as a form: what it needs, its options, and the command line that does the same. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Checked, CommandForm } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { noteJob } from '../../events.ts'
import { type Failure, failureOf } from '../../failure.ts'
import { useLoaded } from '../../loaded.ts'
import { CommandLine, CopyLink } from '../../parts/copy-link.tsx'
import { Failed } from '../../parts/states.tsx'
import { go, href, query, setQuery } from '../../route.ts'
import { studio } from '../../studio.ts'
import { OptionField } from './field.tsx'
import { askedOf, type Filled, faultOf, fieldsOf, isUseful, readFilled } from './filled.ts'
import { InputField } from './input.tsx'
import { WhatTrainingSees } from './sees.tsx'

/** So many options are shown before one asks for the others. */
const firstOptions = 10

export function StartForm({ form }: { form: CommandForm }) {
  const ask = query.value
  const filled = useMemo(() => readFilled(ask, form), [ask, form])
  const asked = useMemo(() => askedOf(form, filled), [form, filled])
  const checked = useChecked(JSON.stringify(asked), () => asked)
  const [failure, fail] = useState<Failure | undefined>()
  const [isStarting, setStarting] = useState(false)
  const [isTried, setTried] = useState(false)
  const missing = form.inputs.filter(({ name, atLeast }) => (filled.inputs[name]?.length ?? 0) < atLeast)
  const faults = fieldsOf(form).filter(field => faultOf(field, filled.options[field.key] ?? ''))
  const error = checked?.error
  const model = modelIn(form, filled)
  const about = useLoaded(
    model && form.inputs.some(({ kind }) => kind.startsWith('model')) ? `model ${model}` : undefined,
    signal => client.model(model ?? '', signal),
  )
  const { shown, rest } = sorted(form, filled)
  const [isOpen, setOpen] = useState(false)
  const isReadOnly = studio.value?.readOnly ?? false
  const start = async () => {
    setTried(true)
    if (missing.length || faults.length) return
    setStarting(true)
    fail(undefined)
    try {
      const job = await client.start(asked)
      noteJob(job)
      go(href('job', { job: job.id }))
    } catch (error) {
      fail(failureOf(error))
      setStarting(false)
    }
  }
  const option = (field: CommandForm['options'][number]) => (
    <OptionField
      key={field.key}
      field={field}
      text={filled.options[field.key] ?? ''}
      error={
        error?.path?.[0] === 'options' && error.path[1] === field.key
          ? (error.what ?? error.message)
          : undefined
      }
      about={about.value}
      change={text => setQuery({ [`o.${field.key}`]: text })}
    />
  )
  const where = error?.path?.[0]
  const isPlaced = where === 'options' || where === 'inputs'
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('start')}>Start</a>
        </p>
        <div class="view-title">
          <h1>{form.title}</h1>
          <code class="soft">{form.name}</code>
        </div>
        <p class="lead">{form.summary}</p>
      </header>
      <form
        class="start"
        onSubmit={event => {
          event.preventDefault()
          void start()
        }}
      >
        <div class="start-fields">
          {form.inputs.length > 0 && (
            <section>
              <h2>Needs</h2>
              {form.inputs.map(input => (
                <InputField
                  key={input.name}
                  input={input}
                  values={filled.inputs[input.name] ?? []}
                  error={
                    where === 'inputs' &&
                    error?.path?.[1] === input.name &&
                    (isTried || !missing.includes(input))
                      ? (error.what ?? error.message)
                      : isTried && missing.includes(input)
                        ? 'this is needed'
                        : undefined
                  }
                  change={values => setQuery({ [`in.${input.name}`]: values, model: undefined })}
                />
              ))}
            </section>
          )}
          {shown.length > 0 && (
            <section>
              <h2>Options</h2>
              <div class="option-grid">{shown.map(option)}</div>
            </section>
          )}
          {rest.length > 0 && (
            <details
              open={isOpen}
              onToggle={event => setOpen((event.currentTarget as HTMLDetailsElement).open)}
              class="more"
            >
              <summary>{rest.length} more options</summary>
              {isOpen && <div class="option-grid">{rest.map(option)}</div>}
            </details>
          )}
        </div>
        <aside class="start-side">
          <h2>The same on the command line</h2>
          <CommandLine line={checked?.line || `glasshouse ${form.name} …`} />
          {error && !isPlaced && (
            <p class="small bad-words" role="status">
              {error.message}
            </p>
          )}
          {isTried && (missing.length > 0 || faults.length > 0) && (
            <p class="small bad-words" role="status">
              {missing.length > 0
                ? `Still needed: ${missing.map(({ name }) => name).join(', ')}.`
                : `Look at ${faults.map(({ key }) => key).join(', ')}.`}
            </p>
          )}
          {failure && <Failed failure={failure} />}
          {isReadOnly && (
            <p class="small soft">This studio only shows results: it was started with --read-only.</p>
          )}
          <div class="start-actions">
            <button type="submit" class="button primary" disabled={isStarting || isReadOnly}>
              {isStarting ? 'Starting …' : 'Start'}
            </button>
            <CopyLink />
          </div>
          {form.name === 'train' && <WhatTrainingSees form={form} filled={filled} />}
          {form.examples.length > 0 && (
            <details class="examples">
              <summary>Examples</summary>
              {form.examples.map(({ line, does }) => (
                <div key={line}>
                  <p class="small soft">{does}</p>
                  <CommandLine line={line} />
                </div>
              ))}
            </details>
          )}
        </aside>
      </form>
    </>
  )
}

const modelIn = (form: CommandForm, filled: Filled): string | undefined => {
  const input = form.inputs.find(({ kind }) => kind === 'model' || kind === 'models')
  return input && filled.inputs[input.name]?.[0]
}

/** Options that would have an effect; those that are set, needed or first in the definition before the others. */
function sorted(form: CommandForm, filled: Filled) {
  const isSet = (key: string) => filled.options[key] !== undefined
  const useful = (field: CommandForm['options'][number]) => isSet(field.key) || isUseful(field, form, filled)
  const own = form.options.filter(useful)
  const shown = own.filter((field, at) => at < firstOptions || field.required || isSet(field.key))
  const modelOptions = form.modelOptions.filter(useful)
  const common = form.commonOptions.filter(useful)
  return {
    shown: [...shown, ...[...modelOptions, ...common].filter(({ key }) => isSet(key))],
    rest: [
      ...own.filter(field => !shown.includes(field)),
      ...[...modelOptions, ...common].filter(({ key }) => !isSet(key)),
    ],
  }
}

/** Asks the server a moment after the last key. */
function useChecked(key: string, asked: () => Parameters<typeof client.check>[0]): Checked | undefined {
  const [checked, setChecked] = useState<Checked | undefined>()
  const isFirst = useRef(true)
  useEffect(() => {
    const abort = new AbortController()
    const timer = setTimeout(
      () => {
        client.check(asked(), abort.signal).then(setChecked, () => {})
      },
      isFirst.current ? 0 : 250,
    )
    isFirst.current = false
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [key])
  return checked
}
