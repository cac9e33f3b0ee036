use super::*;

/// Values that an option accepts, and some that it does not.
fn values(known: &Known) -> (Vec<Given>, Vec<Given>) {
    let text = |text: &str| Given::Text(text.into());
    let never = [Given::Other("{}".into()), Given::Other("1.5".into()), Given::Number(-1), Given::Number(1 << 64)];
    let (good, mut bad) = match &known.takes {
        Takes::Switch(_) => (vec![Given::Switch(true)], vec![text("true"), Given::Number(1)]),
        Takes::Patterns(_) => (vec![text("x"), Given::Texts(vec!["x".into(), "y*".into()])], vec![Given::Switch(true)]),
        Takes::Levels(_) => {
            let good = vec![text("calls"), Given::Texts(vec!["exceptions".into(), "lines:src/*.py".into()])];
            (
                good,
                vec![text("call"), text("calls:"), Given::Texts(vec!["lines".into(), "x".into()]), Given::Switch(true)],
            )
        }
        Takes::Number { range, .. } => {
            let (first, last) = (i128::from(*range.start()), i128::from(*range.end()));
            let good = [first, last].map(Given::Number).to_vec();
            (good, vec![Given::Number(first - 1), Given::Number(last + 1), text("5"), Given::Switch(true)])
        }
        Takes::Recheck(_) => {
            (vec![text("auto"), text("full")], vec![text("half"), text("full:x"), Given::Switch(true)])
        }
        Takes::Last(_) => {
            let good = ["30s", "5min", "1h", "200k", "5M", "7"].map(text).to_vec();
            (good, ["0", "1x", "s", "-1", "4294967297"].map(text).to_vec())
        }
    };
    bad.extend(never);
    (good, bad)
}

#[test]
fn each_option_takes_what_it_says() {
    for known in &OPTIONS {
        let (good, bad) = values(known);
        for given in good {
            let mut options = RecordOptions::default();
            assert_eq!(known.set(&mut options, &given), Ok(()), "{} {given}", known.name);
            assert_ne!(options, RecordOptions::default(), "{} {given}", known.name);
        }
        for given in bad {
            let mut options = RecordOptions::default();
            let error = known.set(&mut options, &given).expect_err(known.name).to_string();
            assert!(error.starts_with("must be ") && error.ends_with(&format!("not {given}")), "{error}");
            assert_eq!(options, RecordOptions::default(), "{} {given}", known.name);
        }
    }
}

#[test]
fn arguments_say_what_options_say() {
    for known in OPTIONS.iter().filter(|known| known.name != "last") {
        for given in values(known).0 {
            let mut options = RecordOptions::default();
            known.set(&mut options, &given).unwrap();
            let mut again = RecordOptions::default();
            for argument in options.arguments() {
                let argument = argument.strip_prefix("--").unwrap();
                let (name, given) = match argument.split_once('=') {
                    Some((name, word)) => (name, Known::named(name).unwrap().given(word)),
                    None => (argument, Given::Switch(true)),
                };
                Known::named(name).unwrap().set(&mut again, &given).unwrap();
            }
            assert_eq!(again, options, "{}", known.name);
        }
    }
}

#[test]
fn options_say_more_than_the_project() {
    let of = |name: &str, given: Given| {
        let mut options = RecordOptions::default();
        Known::named(name).unwrap().set(&mut options, &given).unwrap();
        options
    };
    for known in &OPTIONS {
        let (good, _) = values(known);
        let (first, last) = (of(known.name, good[0].clone()), of(known.name, good[good.len() - 1].clone()));
        assert_eq!(RecordOptions::default().within(&first), first, "{}", known.name);
        let both = last.clone().within(&first);
        match &known.takes {
            Takes::Patterns(field) | Takes::Levels(field) => {
                let mut all = field(&mut first.clone()).clone();
                all.extend(field(&mut last.clone()).clone());
                assert_eq!(*field(&mut both.clone()), all);
            }
            _ => assert_eq!(both, last, "{}", known.name),
        }
    }
    let names = of("redact", Given::Text("ssn".into()));
    assert!(!names.clone().within(&of("no-redact", Given::Switch(true))).no_redact);
    assert!(of("no-redact", Given::Switch(true)).within(&names).no_redact);
    assert_eq!(
        RecordOptions { no_redact: true, ..names }.check("no-redact").unwrap_err().to_string(),
        "give only one of \"redact\" and \"no-redact\""
    );
}
