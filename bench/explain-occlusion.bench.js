import { explanation } from './explanation.js'

export default explanation({ method: 'occlusion', patch: 28 })
