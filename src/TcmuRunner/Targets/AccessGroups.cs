// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <summary>The target port groups in a targets file: <c>alua_tpgs</c> of a storage object, and of each LUN the name of the one that it is in.</summary>
internal static class AccessGroups
{
    // LIO makes it for every storage object; it says nothing about failover.
    private const string DefaultGroup = "default_tg_pt_gp";

    // Bits of the supported-states byte of REPORT TARGET PORT GROUPS by key; LIO supports all states where the file says nothing.
    private static readonly (string Key, byte Bit)[] s_supportedStates =
    [
        ("alua_support_active_optimized", 0x01),
        ("alua_support_active_nonoptimized", 0x02),
        ("alua_support_standby", 0x04),
        ("alua_support_unavailable", 0x08),
        ("alua_support_lba_dependent", 0x10),
        ("alua_support_offline", 0x40),
        ("alua_support_transitioning", 0x80),
    ];

    /// <summary>Reads the groups of all storage objects of the <c>user</c> plugin.</summary>
    /// <exception cref="TargetsException">One of them contradicts itself.</exception>
    internal static Dictionary<(string Storage, string Group), TargetPortGroup> Read(JsonPlace root)
    {
        var groups = new Dictionary<(string Storage, string Group), TargetPortGroup>();
        foreach (JsonPlace storage in root.Items("storage_objects").Where(storage => storage.Get("plugin").Text() == "user"))
        {
            string name = storage.Get("name").Text();
            foreach (JsonPlace item in storage.Items("alua_tpgs").Where(item => item.Get("name").Text() != DefaultGroup))
            {
                TargetPortGroup group = ReadGroup(item);
                if (groups.Any(other => other.Key.Storage == name && other.Value.Id == group.Id) || !groups.TryAdd((name, item.Get("name").Text()), group))
                {
                    throw item.Wrong("another group has this name or this tg_pt_gp_id.");
                }
            }
        }

        return groups;
    }

    /// <summary>The group of a LUN, or null.</summary>
    /// <exception cref="TargetsException">The storage object has no such group.</exception>
    internal static TargetPortGroup? Find(Dictionary<(string Storage, string Group), TargetPortGroup> groups, string storage, JsonPlace lun) =>
        lun.Find("alua_tg_pt_gp_name") is not { } name || name.Text() is DefaultGroup or "" ? null
            : groups.TryGetValue((storage, name.Text()), out TargetPortGroup? group) ? group
            : throw name.Wrong($"the storage object '{storage}' has no group '{name.Text()}' among its alua_tpgs.");

    private static TargetPortGroup ReadGroup(JsonPlace item)
    {
        const int implicitly = 1, explicitly = 2, both = 3, lastState = 4;
        long type = item.Find("alua_access_type")?.Number(0, both) ?? implicitly;
        byte supported = 0;
        foreach ((string key, byte bit) in s_supportedStates)
        {
            supported |= item.Find(key)?.Flag() ?? true ? bit : (byte)0;
        }

        return new TargetPortGroup
        {
            Id = (ushort)item.Get("tg_pt_gp_id").Number(1, ushort.MaxValue),
            State = (AsymmetricAccessState)(item.Find("alua_access_state")?.Number(0, lastState) ?? 0),
            SupportedStates = supported,
            IsPreferred = item.Find("preferred")?.Flag() ?? false,
            IsImplicit = (type & implicitly) != 0,
            IsExplicit = (type & explicitly) != 0,
            ImplicitTransitionSeconds = (byte)(item.Find("implicit_trans_secs")?.Number(0, byte.MaxValue) ?? 0),
            Ports = [],
        };
    }
}
