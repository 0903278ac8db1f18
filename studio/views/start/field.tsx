/** The control of one option, by what the option may be. */
import { useState } from 'preact/hooks'
import type { FormField } from '../../../src/options/form.ts'
import type { ModelAbout } from '../../../src/server/api.ts'
import { FilePicker } from '../../parts/file-picker.tsx'
import { LayerField } from '../../parts/layer-field.tsx'
import { spaced } from '../../words.ts'
import { boundsOf, defaultWords, faultOf, listOf } from './filled.ts'

export function OptionField({
  field,
  text,
  error,
  about,
  change,
}: {
  field: FormField
  text: string
  error?: string
  about?: ModelAbout
  change: (text: string) => void
}) {
  const [isPicking, pick] = useState(false)
  const id = `option-${field.key}`
  const fault = faultOf(field, text) ?? error
  const kind = field.kind ?? field.items?.kind
  const isList = field.type === 'list'
  const preset = defaultWords(field)
  const suggestions =
    kind === 'class' && about?.head.kind === 'classes'
      ? about.head.classes
      : field.type === 'number'
        ? field.choices
        : field.key === 'unit'
          ? about?.units
          : undefined
  const listId = suggestions?.length ? `${id}-list` : undefined
  const add = (item: string) => change(isList && text ? [...listOf(text), item].join(',') : item)
  const shared = {
    id,
    'aria-describedby': `${id}-about`,
    'aria-invalid': fault ? true : undefined,
  }
  return (
    <div class={`option${fault ? ' wrong' : ''}${text === '' ? '' : ' set'}`}>
      <label for={id}>{spaced(field.key)}</label>
      <div class="control">
        {field.type === 'switch' ? (
          <select {...shared} value={text} onChange={event => change(event.currentTarget.value)}>
            <option value="">{preset === 'true' ? 'yes' : 'no'}</option>
            <option value={preset === 'true' ? 'false' : 'true'}>{preset === 'true' ? 'no' : 'yes'}</option>
          </select>
        ) : field.type === 'choice' ? (
          <select {...shared} value={text} onChange={event => change(event.currentTarget.value)}>
            <option value="">{preset || '–'}</option>
            {field.choices
              ?.filter(choice => choice !== preset)
              .map(choice => (
                <option key={choice}>{choice}</option>
              ))}
          </select>
        ) : kind === 'layer' && about?.layers.length ? (
          <LayerField
            id={id}
            describedBy={`${id}-about`}
            about={about}
            chosen={listOf(text)}
            several={isList}
            preset={preset}
            change={layers => change(layers.join(','))}
          />
        ) : (
          <input
            {...shared}
            type="text"
            inputMode={field.type === 'number' && !field.choices ? 'decimal' : undefined}
            value={text}
            placeholder={preset || (isList ? 'several, with commas' : '')}
            list={listId}
            autocomplete="off"
            spellcheck={false}
            onInput={event => change(event.currentTarget.value)}
          />
        )}
        {(kind === 'image' || kind === 'vectors') && (
          <button type="button" class="button small" onClick={() => pick(true)}>
            Browse
          </button>
        )}
      </div>
      {listId && (
        <datalist id={listId}>
          {suggestions?.map(one => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <p class="about" id={`${id}-about`}>
        {fault ? <strong>{fault}. </strong> : null}
        {field.description}
        {boundsOf(field) && !field.description.includes(boundsOf(field)) ? ` (${boundsOf(field)})` : ''}
      </p>
      {isPicking && (kind === 'image' || kind === 'vectors') && (
        <FilePicker
          kinds={[kind]}
          choose={path => {
            add(path)
            pick(false)
          }}
          close={() => pick(false)}
        />
      )}
    </div>
  )
}
