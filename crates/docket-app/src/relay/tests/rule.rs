//! Rules route orders, write on them, and never send one round in circles.

use super::super::rules::{self, PutError, Rule};
use super::*;
use serde_json::json;

fn rule(text: serde_json::Value) -> Rule {
    Rule::from_json(None, text.to_string().as_bytes()).unwrap()
}

async fn put(world: &World, text: serde_json::Value) {
    rules::put(world.hub.store(), world.account, &rule(text)).await.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_hands_orders_on() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    world.calling(&counterpart, &[]).await;
    let source = world.connection("source", Role::Serve, &[]).await;
    put(
        &world,
        json!({"name": "texas", "from": "source", "when": "order.site.region == 'TX'", "to": "carrier",
               "with": {"priority": 7, "work_info": "'In ' + order.site.city"}}),
    )
    .await;
    put(&world, json!({"name": "off", "to": "carrier", "enabled": false})).await;
    world.settle().await;
    let from = Caller::connection(Arc::clone(&source));
    let texan = |number: &str, region: &str| {
        Command::default().with(Field::Number, number).with(Field::Region, region).with(Field::City, "Austin")
    };
    let gone = world.create_by(&from, texan("goes", "TX")).await;
    let stays = world.create_by(&from, texan("stays", "NY")).await;
    let other = world.create(texan("another's", "TX")).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["goes"]);
    let order = world.order(gone.serial).await;
    assert_eq!((order.fields.priority, order.fields.work_info.as_deref()), (Some(7), Some("In Austin")));
    let history = world.hub.history(&Caller::hub(world.account), gone.serial).await.unwrap();
    assert_eq!(history.len(), 2, "once");
    assert_eq!(history[1].actor, "rule texas");
    assert!(world.order(stays.serial).await.routed_to.is_empty());
    assert!(world.order(other.serial).await.routed_to.is_empty());
    // It goes when it comes to meet the condition.
    world.change(&from, stays.serial, Command::default().with(Field::Region, "TX")).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["stays"]);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_never_goes_back_or_round() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    let carrier = world.calling(&counterpart, &[]).await;
    let back = world.connection("back", Role::Serve, &[]).await;
    put(&world, json!({"name": "all", "to": "carrier"})).await;
    world.settle().await;
    let own = Caller::connection(Arc::clone(&carrier));
    let theirs = world.create_by(&own, Command::default().with(Field::Number, "theirs")).await;
    let ours = Command::default().with(Field::Number, "ours").with(Field::Address1, "1 Elm Ct");
    let ours = world.create(ours).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["ours"]);
    assert!(world.order(theirs.serial).await.routed_to.is_empty());
    // The carrier hands it to somebody who hands it to us: with our id, or as the same number at the same place.
    let back = Caller::connection(back);
    let by_id = Command::default().with(Field::Number, "x").with(Field::Reference, format!("docket:{}:0", ours.id));
    let by_id = world.create_by(&back, by_id).await;
    let by_place = Command::default().with(Field::Number, "ours").with(Field::Address1, "1  ELM ct");
    let by_place = world.create_by(&back, by_place).await;
    let another = Command::default().with(Field::Number, "ours").with(Field::Address1, "2 Elm Ct");
    let another = world.create_by(&back, another).await;
    world.settle().await;
    assert_eq!(counterpart.told(), ["ours"], "the one at another place");
    assert!(world.order(by_id.serial).await.routed_to.is_empty());
    assert!(world.order(by_place.serial).await.routed_to.is_empty());
    assert_eq!(world.order(another.serial).await.routed_to, [carrier.id]);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_would_go_and_does_nothing() {
    let (data, counterpart) = (tempfile::tempdir().unwrap(), Counterpart::start().await);
    let mut world = World::open(data.path()).await;
    world.calling(&counterpart, &[]).await;
    world.settle().await;
    for cost in [50.0, 150.0, 250.0] {
        world.create(Command::default().with(Field::Number, format!("{cost}")).with(Field::Cost, cost)).await;
    }
    world.create(Command::default().with(Field::Number, "free")).await;
    let dear = rule(json!({"name": "dear", "when": "order.cost > 100.0", "to": "carrier", "with": {"priority": 9}}));
    let run = rules::dry_run(&world.hub, world.account, &dear, 1).await.unwrap();
    assert_eq!((run.looked_at, run.would_go, run.orders.len()), (4, 2, 1));
    assert_eq!(run.orders[0].0.fields.number.as_deref(), Some("250"));
    assert_eq!(run.orders[0].1, [(Field::Priority, 9.into())]);
    assert_eq!(run.errors.len(), 1, "what costs nothing said cannot be compared: {run:?}");
    world.settle().await;
    assert!(counterpart.told().is_empty() && world.deliveries().await.is_empty());
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_rule_is_named() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path()).await;
    world.connection("to", Role::Serve, &[]).await;
    let wrong = async |text: serde_json::Value| match rules::put(world.hub.store(), world.account, &rule(text)).await {
        Err(PutError::Rule(error)) => (error.place, error.what),
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong(json!({"name": "a", "to": "nobody"})).await.0, "to");
    assert_eq!(wrong(json!({"name": "a", "to": "to", "from": "nobody"})).await.0, "from");
    assert_eq!(wrong(json!({"name": "a b", "to": "to"})).await.0, "name");
    assert_eq!(wrong(json!({"name": "a", "to": "to", "when": "order.x"})).await.0, "when");
    assert_eq!(wrong(json!({"name": "a", "to": "to", "with": {"due": "1 +"}})).await.0, "with.due");
    assert!(Rule::from_json(None, br#"{"name": "a", "to": "b", "wenn": "true"}"#).is_err());
    assert!(Rule::from_json(Some("b"), br#"{"name": "a", "to": "b"}"#).is_err());
    put(&world, json!({"name": "a", "to": "to", "when": "order.rush"})).await;
    let list = rules::list(&world.hub, world.account).await.unwrap();
    assert_eq!((list.len(), list[0].when.as_str()), (1, "order.rush"));
    assert!(rules::remove(world.hub.store(), world.account, "a").await.unwrap());
    assert!(!rules::remove(world.hub.store(), world.account, "a").await.unwrap());
    world.close().await;
}
