import { explanation } from './explanation.js'

export default explanation({ method: 'integrated-gradients', passes: 32 })
