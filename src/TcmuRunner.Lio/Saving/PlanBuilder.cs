// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio.Saving;

/// <summary>Compares two configurations and puts the steps from one to the other in an order in which the kernel takes them.</summary>
/// <remarks>
/// Deleting goes from mapped LUNs up to targets and then to storage objects, making the other way round, and a portal group is opened last.
/// An object that has to be made anew takes along what hangs on it: a storage object its LUNs, a LUN its mappings.
/// </remarks>
internal sealed partial class PlanBuilder
{
    private const string Secret = "***";

    private readonly Root _root;
    private readonly List<ConfigurationChange> _deleteExports = [];
    private readonly List<ConfigurationChange> _deleteStorage = [];
    private readonly List<ConfigurationChange> _make = [];
    private readonly HashSet<string> _remade = [];

    private PlanBuilder(Root root) => _root = root;

    /// <exception cref="LioException"><see cref="LioErrorKind.SavedFile"/>: what shall be cannot be understood.</exception>
    internal static IReadOnlyList<ConfigurationChange> Build(Root root, JsonObject current, JsonObject desired)
    {
        var builder = new PlanBuilder(root);
        var existing = new SavedNode(current, "");
        var wanted = new SavedNode(desired, "");
        builder.CompareStorage(existing, wanted);
        builder.CompareFabrics(existing, wanted);
        builder.CompareTargets(existing, wanted);
        return [.. builder._deleteExports, .. builder._deleteStorage, .. builder._make];
    }

    // Pairs the objects of two lists by what they are called.
    private static IEnumerable<(SavedNode? Current, SavedNode? Desired)> Pair(
        IEnumerable<SavedNode> current, IEnumerable<SavedNode> desired, Func<SavedNode, string> keyOf)
    {
        var existing = new Dictionary<string, SavedNode>();
        foreach (SavedNode node in current)
        {
            existing[keyOf(node)] = node;
        }

        var seen = new HashSet<string>();
        foreach (SavedNode node in desired)
        {
            string key = keyOf(node);
            if (!seen.Add(key))
            {
                throw node.Problem($"{key} is there twice");
            }

            yield return (existing.Remove(key, out SavedNode found) ? found : null, node);
        }

        foreach (SavedNode node in existing.Values)
        {
            yield return (node, null);
        }
    }

    private void Create(string name, Action<PlanContext> run) => _make.Add(new ConfigurationChange(ChangeKind.Create, name, run));

    private void Change(string name, string setting, string? before, string? after, Action<PlanContext> run, bool isSecret = false)
    {
        if (before == after)
        {
            return;
        }

        _make.Add(new ConfigurationChange(ChangeKind.Change, name, run)
        {
            Setting = setting,
            Before = isSecret && before is not null ? Secret : before,
            After = isSecret && after is not null ? Secret : after,
        });
    }

    // Attributes that are not in the file stay as they are.
    private void ChangeSettings(string name, SavedNode current, SavedNode desired, string key, Func<PlanContext, LioObject> find)
    {
        var existing = current.Settings(key).ToDictionary(setting => setting.Name, setting => setting.Value);
        foreach ((string setting, string value) in desired.Settings(key))
        {
            Change(name, setting, existing.GetValueOrDefault(setting), value, context =>
            {
                LioObject owner = find(context);
                context.Set(key == "attributes" ? owner.Attributes : owner.Parameters, owner, [(setting, value)]);
            });
        }
    }

    private void CompareFabrics(SavedNode current, SavedNode desired)
    {
        foreach ((SavedNode? existing, SavedNode? wanted) in Pair(current.List("fabric_modules"), desired.List("fabric_modules"), node => node.RequiredText("name")))
        {
            FabricModule fabric = _root.Fabric((wanted ?? existing)!.Value.RequiredText("name"));
            if (wanted is not { } shall)
            {
                _make.Add(new ConfigurationChange(ChangeKind.Change, fabric.Name, _ => fabric.ClearDiscoveryAuthentication())
                {
                    Setting = "discovery_enable_auth",
                    Before = "1",
                    After = "0",
                });
                continue;
            }

            foreach ((string key, Action<ChapCredentials, string> set) in s_chap)
            {
                if (shall.Text("discovery_" + key) is { } value)
                {
                    Change(fabric.Name, "discovery_" + key, existing?.Text("discovery_" + key), value, _ =>
                    {
                        fabric.Load();
                        set(fabric.DiscoveryAuthentication, value);
                    },
                    isSecret: true);
                }
            }

            if (shall.Flag("discovery_enable_auth") is { } enforced)
            {
                Change(
                    fabric.Name,
                    "discovery_enable_auth",
                    existing?.Flag("discovery_enable_auth") == true ? "1" : "0",
                    enforced ? "1" : "0",
                    _ => fabric.DiscoveryAuthenticationEnforced = enforced);
            }
        }
    }

    private static readonly (string Key, Action<ChapCredentials, string> Set)[] s_chap =
    [
        ("userid", (chap, value) => chap.UserId = value),
        ("password", (chap, value) => chap.Password = value),
        ("mutual_userid", (chap, value) => chap.MutualUserId = value),
        ("mutual_password", (chap, value) => chap.MutualPassword = value),
    ];

    // A missing name or secret means that there shall be none.
    private void ChangeChap(string name, SavedNode current, SavedNode desired, Func<ChapCredentials> find)
    {
        foreach ((string key, Action<ChapCredentials, string> set) in s_chap)
        {
            string? value = desired.Text("chap_" + key);
            Change(name, "chap_" + key, current.Text("chap_" + key), value, _ => set(find(), value ?? ""), isSecret: true);
        }
    }

    private static void SetChap(PlanContext context, ChapCredentials chap, SavedNode desired)
    {
        foreach ((string key, Action<ChapCredentials, string> set) in s_chap)
        {
            if (desired.Text("chap_" + key) is { Length: > 0 } value)
            {
                context.Try(() => set(chap, value));
            }
        }
    }
}
