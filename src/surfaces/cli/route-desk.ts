import type { GatewaySetup } from '#features/gateway/try-route';
import type { JsonObject } from '#foundation/json';

/** The routes and providers of the models as they stand in the files of the configuration. */
export type RouteDesk = {
  setup(): Promise<GatewaySetup>;
  /** Nothing stays written when the configuration would not be valid. */
  edit(edit: RouteEdit, options: { readonly dryRun: boolean }): Promise<{ readonly file: string }>;
};

export type RouteEdit =
  | {
      readonly kind: 'add';
      /** As a file of the configuration has it. */
      readonly route: JsonObject;
      /** The place among the written routes, from 0. */
      readonly index: number;
    }
  | { readonly kind: 'remove'; readonly index: number };
