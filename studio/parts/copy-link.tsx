/** Takes the address of the view as it is: filters, sorting, selection and the open image are in it. */
import { useState } from 'preact/hooks'
import { Icon } from './icons.tsx'

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

export function CopyLink({ small }: { small?: boolean }) {
  const [said, say] = useState('')
  return (
    <button
      type="button"
      class={`button${small ? ' small' : ''}`}
      onClick={async () => {
        say((await copyText(location.href)) ? 'copied' : 'copy it from the address bar')
        setTimeout(() => say(''), 2000)
      }}
    >
      <Icon name="link" />
      <span role="status">{said || 'Copy link'}</span>
    </button>
  )
}

/** A command line, to be pasted into a terminal. */
export function CommandLine({ line }: { line: string }) {
  const [said, say] = useState('')
  return (
    <div class="command-line">
      <code>{line}</code>
      <button
        type="button"
        class="icon-button"
        aria-label="copy the command"
        title="copy the command"
        onClick={async () => {
          say((await copyText(line)) ? 'copied' : 'select it to copy')
          setTimeout(() => say(''), 2000)
        }}
      >
        <Icon name={said === 'copied' ? 'check' : 'copy'} />
      </button>
      <span class="unseen" role="status">
        {said}
      </span>
    </div>
  )
}
