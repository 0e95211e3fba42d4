/**
 * The contract for extensions, and all of it: what an extension's file may rely on. docs/guides/extensions.md says how
 * it is used. Nothing else of this program is a promise to code outside of it.
 */
export { type DefinedExtension, defineExtension, type Extension } from '#app/extensions/extension';
export type {
  OutgoingRequest,
  PrepareRequest,
  RegisteredProvider,
  RequestPurpose,
} from '#features/gateway/registered-provider';
export type { JsonValue } from '#foundation/json';
export type { Correlation } from '#governance/identity/correlation';
export type { Principal } from '#governance/identity/principal';
export type { Call, CallKind, ContentPart, ModelUse } from '#governance/policy/call';
export type { RegisteredCheck, RegisteredVerdict } from '#governance/policy/registered-check';
export type { RuleTier, SecretRule } from '#governance/secret-scan/rule';
