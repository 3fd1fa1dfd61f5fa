import { define } from "~/i18n";

/** What a role may do, as people say it. */
export const roleWords = define({
  en: { viewer: "Viewer: reads", dispatcher: "Dispatcher: works on orders", integrator: "Integrator: connections and rules, too", admin: "Administrator: everything" },
  nl: { viewer: "Lezer: leest", dispatcher: "Planner: werkt aan orders", integrator: "Integrator: ook koppelingen en regels", admin: "Beheerder: alles" },
  es: { viewer: "Lector: consulta", dispatcher: "Despachador: trabaja con las órdenes", integrator: "Integrador: también conexiones y reglas", admin: "Administrador: todo" },
  ru: { viewer: "Наблюдатель: только чтение", dispatcher: "Диспетчер: работа с заказами", integrator: "Интегратор: ещё подключения и правила", admin: "Администратор: всё" },
});
