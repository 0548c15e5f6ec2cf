// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;

namespace TcmuRunner.Handlers;

/// <summary>Loads the handlers, before a front opens devices with them. They stay loaded: see <see cref="HandlerLoadContext"/>.</summary>
/// <param name="loader">Loads them.</param>
/// <param name="directory">From this folder.</param>
/// <param name="catalog">Into this catalog.</param>
internal sealed class HandlerService(HandlerLoader loader, string directory, HandlerCatalog catalog) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        loader.Load(directory, catalog);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
