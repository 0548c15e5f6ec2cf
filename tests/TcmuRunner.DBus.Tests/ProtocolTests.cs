// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>Calls that are wrong, and values of every type.</summary>
public sealed class ProtocolTests
{
    [Theory]
    [InlineData("/nowhere", "a.b", "C", BusErrorName.UnknownObject)]
    [InlineData("/org/kernel/TCMUService1/filex", ServiceNames.Service, "CheckConfig", BusErrorName.UnknownObject)]
    [InlineData("/org/kernel/TCMUService1/file", "a.b", "C", BusErrorName.UnknownInterface)]
    [InlineData("/org/kernel", ServiceNames.Service, "CheckConfig", BusErrorName.UnknownInterface)]
    [InlineData("/org/kernel/TCMUService1/file", ServiceNames.Service, "Nothing", BusErrorName.UnknownMethod)]
    [InlineData("/org/kernel/TCMUService1/file", ServiceNames.Service, "CheckConfig", BusErrorName.InvalidArgs)]
    [InlineData("/org/kernel/TCMUService1/file", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", BusErrorName.UnknownInterface)]
    public async Task A_call_that_is_for_nothing_is_refused(string path, string interfaceName, string member, string errorName)
    {
        await using RunningService running = await RunningService.StartAsync();

        Assert.Equal(errorName, (await running.FailAsync(path, interfaceName, member)).ErrorName);
    }

    [Theory]
    [InlineData("Get", BusErrorName.UnknownProperty, ServiceNames.Service, "Nothing")]
    [InlineData("Get", BusErrorName.UnknownInterface, "a.b", "ConfigDesc")]
    [InlineData("GetAll", BusErrorName.UnknownInterface, "a.b")]
    [InlineData("Set", BusErrorName.PropertyReadOnly, ServiceNames.Service, "ConfigDesc")]
    public async Task Properties_are_refused(string member, string errorName, params string[] names)
    {
        await using RunningService running = await RunningService.StartAsync();
        object[] arguments = member == "Set" ? [.. names, new BusVariant("s", "x")] : [.. names];

        BusException failure = await running.FailAsync(
            "/org/kernel/TCMUService1/file", "org.freedesktop.DBus.Properties", member, member switch { "Get" => "ss", "Set" => "ssv", _ => "s" }, arguments);

        Assert.Equal(errorName, failure.ErrorName);
    }

    [Fact]
    public async Task Every_type_arrives_as_it_was_sent()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        var tree = new ObjectTree();
        tree.Add(new BusObject("/echo", [Echo]));
        await using BusConnection server = await BusConnection.ConnectAsync(bus.Address, tree);
        await using BusConnection client = await BusConnection.ConnectAsync(bus.Address);
        (string Signature, object Value)[] values =
        [
            ("y", (byte)200), ("b", true), ("b", false), ("n", short.MinValue), ("q", ushort.MaxValue), ("i", int.MinValue), ("u", uint.MaxValue),
            ("x", long.MinValue), ("t", ulong.MaxValue), ("d", -1.5e300), ("s", "grün"), ("s", ""), ("o", "/a/b"), ("g", "a{sv}"),
            ("as", new List<object> { "a", "b" }), ("at", new List<object>()), ("(sib)", new object[] { "x", -1, true }),
            ("a{st}", new Dictionary<object, object> { ["k"] = 1UL, ["l"] = 2UL }),
            ("a{oa{sat}}", new Dictionary<object, object> { ["/p"] = new Dictionary<object, object> { ["q"] = new List<object> { 3UL } } }),
            ("a(yv)", new List<object> { new object[] { (byte)1, new BusVariant("s", "inner") } }),
        ];

        foreach ((string signature, object value) in values)
        {
            object[] answer = await client.CallAsync(server.UniqueName, "/echo", "test.Echo", "Echo", "v", [new BusVariant(signature, value)]);

            object expected = signature == "a(yv)" ? new List<object> { new object[] { (byte)1, "inner" } } : value;
            Assert.Equivalent(expected, answer[0], strict: true);
            Assert.Equal(expected.GetType(), answer[0].GetType());
        }
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_refused_before_it_is_sent()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        await using BusConnection client = await BusConnection.ConnectAsync(bus.Address);

        BusException failure = await Assert.ThrowsAsync<BusException>(
            () => client.CallAsync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetNameOwner", "s", [1]));

        Assert.Equal((BusErrorKind.Protocol, "A Int32 cannot be written as the D-Bus type 's'."), (failure.Kind, failure.Message));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("sba{sv}(i(as))aay", 5)]
    public void A_signature_has_complete_types(string signature, int count) => Assert.Equal(count, BusSignature.Split(signature).Count);

    [Theory]
    [InlineData("a")]
    [InlineData("(")]
    [InlineData("()")]
    [InlineData("a{s}")]
    [InlineData("a{vs}")]
    [InlineData("a{(i)s}")]
    [InlineData("{ss}")]
    [InlineData("z")]
    [InlineData("h")]
    [InlineData("(i")]
    public void What_is_no_signature_is_refused(string signature) => Assert.Throws<ArgumentException>(() => BusSignature.Split(signature));

    [Theory]
    [InlineData("", "_")]
    [InlineData("disk1", "disk1")]
    [InlineData("user_1/a-b", "user_5f1_2fa_2db")]
    [InlineData("ü", "_c3_bc")]
    public void A_name_becomes_an_element_of_a_path(string text, string element) => Assert.Equal(element, ObjectPath.Escape(text));

    private static BusInterface Echo { get; } = new("test.Echo")
    {
        Methods =
        [
            new BusMethod("Echo", [new("value", "v")], [new("value", "v")], call => Task.FromResult<object[]>([Again(call.Arguments[0])])),
        ],
    };

    // What came in as a variant goes back as one, with the type that its value shows.
    private static BusVariant Again(object value) => new(SignatureOf(value), Boxed(value));

    private static object Boxed(object value) => value switch
    {
        List<object> { Count: > 0 } list when list[0] is object[] => list.ConvertAll<object>(item => Boxed(item)),
        object[] { Length: 2 } row when row[0] is byte => new[] { row[0], new BusVariant("s", row[1]) },
        _ => value,
    };

    private static string SignatureOf(object value) => value switch
    {
        byte => "y",
        bool => "b",
        short => "n",
        ushort => "q",
        int => "i",
        uint => "u",
        long => "x",
        ulong => "t",
        double => "d",
        string => "s",
        object[] { Length: 2 } row when row[0] is byte => "(yv)",
        object[] row => $"({string.Concat(row.Select(SignatureOf))})",
        List<object> { Count: 0 } => "at",
        List<object> list => "a" + SignatureOf(list[0]),
        Dictionary<object, object> map => $"a{{{SignatureOf(map.First().Key)}{SignatureOf(map.First().Value)}}}",
        _ => throw new ArgumentException($"{value.GetType()} has no signature.", nameof(value)),
    };
}
