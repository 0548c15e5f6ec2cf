// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>What the cluster's manager shows of a disk (<c>ceph service status</c>), under the names that ceph-iscsi reads.</summary>
/// <param name="IsLockOwner">Whether this gateway holds the image's exclusive lock.</param>
/// <param name="LockLost">How often the lock was taken away.</param>
/// <param name="ConnectionLost">How often the connection was lost.</param>
/// <param name="TimedOut">How many commands the cluster did not answer.</param>
internal readonly record struct ServiceStatus(bool IsLockOwner, long LockLost, long ConnectionLost, long TimedOut)
{
    /// <summary>The pairs in librados's form: names and values, each ended by a zero, one more at the end.</summary>
    public string ToDictionary() => Dictionary(
        ("lock_owner", IsLockOwner ? "true" : "false"),
        ("lock_lost_cnt", LockLost.ToString(CultureInfo.InvariantCulture)),
        ("conn_lost_cnt", ConnectionLost.ToString(CultureInfo.InvariantCulture)),
        ("cmd_timed_out_cnt", TimedOut.ToString(CultureInfo.InvariantCulture)));

    /// <summary>What is registered once: which image, which gateway.</summary>
    public static string Registration(RbdConfiguration configuration, string imageId, string gateway) => Dictionary(
        ("pool_name", configuration.Pool),
        ("image_name", configuration.Image),
        ("image_id", imageId),
        ("daemon_type", "portal"),
        ("daemon_prefix", gateway));

    private static string Dictionary(params ReadOnlySpan<(string Key, string Value)> pairs)
    {
        string text = string.Empty;
        foreach ((string key, string value) in pairs)
        {
            text += $"{key}\0{value}\0";
        }

        return text + "\0";
    }
}
