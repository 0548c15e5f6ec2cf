// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>Is told of every change of a zone, so that it outlives the daemon. Called under the device's lock.</summary>
internal interface IZoneObserver
{
    void ZoneChanged(int zone, ZoneState state);

    void RealmChanged(int realm, int domain);
}
