// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio.Tests;

/// <summary>An empty configuration for each test, and the parts from which tests build.</summary>
public abstract class LioTest : IDisposable
{
    protected LioTest()
    {
        Files = new FakeConfigFs();
        System = new FakeSystem(Files);
        Directory.CreateDirectory(Files.Base + "/sys");
        Root = new Root(Files.Target, Files, System, Files.Base + "/sys");
    }

    protected Root Root { get; }

    private protected FakeConfigFs Files { get; }

    private protected FakeSystem System { get; }

    protected Tpg NewTpg(string wwn = "iqn.2003-01.org.example:t1") => new(new Target(Root.Fabric("iscsi"), wwn), 1);

    protected UserStorageObject NewDisk(string name = "disk1") => new(Root, name, "file//srv/disk1.img", 1 << 20);

    protected string TemporaryPath(string name) => Files.Base + "/" + name;

    protected static string Sorted(JsonNode node) => SortedNode(node).ToJsonString();

    protected static LioException Fails(LioErrorKind kind, Action action)
    {
        LioException exception = Assert.Throws<LioException>(action);
        Assert.True(exception.Kind == kind, $"{exception.Kind}: {exception.Message}");
        Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
        return exception;
    }

    public void Dispose()
    {
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    private static JsonNode SortedNode(JsonNode node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, entry.Value is null ? null : (JsonNode?)SortedNode(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : SortedNode(item)).OrderBy(item => item?.ToJsonString(), StringComparer.Ordinal)]),
        _ => node.DeepClone(),
    };
}
