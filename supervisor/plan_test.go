package supervisor_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/nile-init/nile/supervisor"
)

// fill sets everything in a value to something: each pointer, one element of each list.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.SetMapIndex(key, value)
	default:
		vary(v)
	}
}

// vary makes a plain value another one.
func vary(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.String:
		v.SetString(v.String() + "x")
	default:
		panic("cannot vary " + v.Type().String())
	}
}

// eachChange makes every change that can be made in one place of a value, one at a time,
// and calls visit after each, with where it was made.
func eachChange(v reflect.Value, path string, visit func(path string)) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	change := func(what string, f func()) {
		f()
		visit(path + what)
		v.Set(old)
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			eachChange(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Pointer:
		change(" unset", v.SetZero)
		eachChange(v.Elem(), path, visit)
	case reflect.Slice:
		change(" emptied", func() { v.Set(v.Slice(0, 0)) })
		change(" longer", func() { v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem())) })
		eachChange(v.Index(0), path+"[0]", visit)
	case reflect.Map:
		change(" emptied", v.SetZero)
		change(" other value", func() {
			other := reflect.MakeMap(v.Type())
			for _, key := range v.MapKeys() {
				other.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
			}
			v.Set(other)
		})
		change(" other key", func() {
			other := reflect.MakeMap(v.Type())
			other.SetMapIndex(reflect.Zero(v.Type().Key()), v.MapIndex(v.MapKeys()[0]))
			v.Set(other)
		})
	default:
		change("", func() { vary(v) })
	}
}

// filled is a container in which everything is set.
func filled() supervisor.Container {
	var c supervisor.Container
	fill(reflect.ValueOf(&c).Elem())
	return c
}

// Whatever differs between two specs of a container is noticed, in fields that are still
// to come too: who adds one has to say in differences.go what becomes of it.
func TestPlanNoticesEachFieldOfAContainer(t *testing.T) {
	before := supervisor.Spec{Init: []supervisor.Container{filled()}, Main: []supervisor.Container{{Name: "main"}}}
	after := supervisor.Spec{Init: []supervisor.Container{filled()}, Main: before.Main}
	if changes := supervisor.Plan(&before, &after); len(changes) != 0 {
		t.Fatalf("two equal specs differ: %+v", changes)
	}
	n := 0
	eachChange(reflect.ValueOf(&after.Init[0]).Elem(), "Container", func(path string) {
		n++
		changes := supervisor.Plan(&before, &after)
		switch {
		case path == "Container.Name" && len(changes) == 2: // another name is another container
		case len(changes) != 1 || len(changes[0].Fields) != 1 && path != "Container.Process.Env[0]":
			t.Errorf("%s: the plan is %+v, should have one change of one field", path, changes)
		}
	})
	if n < 100 {
		t.Errorf("only %d changes were tried", n)
	}
}

// The same for what a pod has for all its containers.
func TestPlanNoticesEachFieldOfAPod(t *testing.T) {
	make := func() (spec supervisor.Spec) {
		fill(reflect.ValueOf(&spec).Elem())
		spec.Init, spec.Main = nil, nil
		spec.Backoff.Max = 1000 // it bounds the first wait
		return spec
	}
	before, after := make(), make()
	v := reflect.ValueOf(&after).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch name {
		case "Init", "Main": // compared one by one
			continue
		case "Forward", "Wrap": // a command that is wrapped is never reloaded
			continue
		}
		eachChange(v.Field(i), name, func(path string) {
			changes := supervisor.Plan(&before, &after)
			if len(changes) != 1 || changes[0].Name != "" || changes[0].Action != supervisor.ChangeUpdate || len(changes[0].Fields) != 1 {
				t.Errorf("%s: the plan is %+v, should be one change of one field of the pod", path, changes)
			}
		})
	}
}

// A value never shows in a plan: it may be a secret.
func TestPlanShowsNoValues(t *testing.T) {
	container := func(value string) supervisor.Spec {
		c := supervisor.Container{Name: "web"}
		c.Process.Argv = []string{"server", "--password=" + value}
		c.Process.Env = []string{"A=1", "PASSWORD=" + value, "SAME=x"}
		return supervisor.Spec{Main: []supervisor.Container{c}}
	}
	before, after := container("hunter2"), container("swordfish")
	got := fmt.Sprint(supervisor.Plan(&before, &after))
	if want := "[{web main restart [command env PASSWORD] }]"; got != want {
		t.Errorf("the plan is %s, should be %s", got, want)
	}
}

// Variables in another order are the same environment, and of two the last one counts.
func TestPlanOfAnEnvironment(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{"A=1 B=2", "B=2 A=1", "[]"},
		{"A=1 A=2", "A=2", "[]"},
		{"A=1", "A=1 B=", "[env B]"},
		{"A=1 C=3", "A=2", "[env A env C]"},
	} {
		spec := func(text string) *supervisor.Spec {
			var c supervisor.Container
			c.Process.Env = strings.Fields(text)
			return &supervisor.Spec{Main: []supervisor.Container{c}}
		}
		var got []string
		for _, change := range supervisor.Plan(spec(test.before), spec(test.after)) {
			got = append(got, change.Fields...)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%q to %q changes %v, should change %s", test.before, test.after, got, test.want)
		}
	}
}
