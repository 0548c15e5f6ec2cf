// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Targets;

/// <summary>A disk of the iSCSI front at one moment.</summary>
/// <param name="Name">Its name among all disks of the daemon: <c>iscsi/</c> and the name of its storage object.</param>
/// <param name="IsServing">Whether it is open and served; not yet while it is being opened.</param>
/// <param name="SizeBytes">Its size; 0 while it is not served.</param>
/// <param name="CommandsInFlight">Commands that are not answered yet.</param>
internal sealed record ServedUnit(string Name, bool IsServing, long SizeBytes, int CommandsInFlight)
{
    /// <summary>The name of a storage object's disk.</summary>
    internal static string NameOf(StorageDescription storage) => $"iscsi/{storage.Name}";
}
